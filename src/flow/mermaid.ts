import type { Plan } from './plan.ts'

/** A plan as a Mermaid flowchart: stages in the order in which items pass, scopes and pipelines as boxes around them. */
export const mermaid = (plan: Plan): string => {
  const lines: string[] = ['flowchart LR']
  let count = 0
  let last: string | undefined
  const draw = (at: Plan, indent: string): void => {
    const id = `n${count++}`
    if (at.parts.length === 0) {
      lines.push(`${indent}${id}["${label(at)}"]`)
      if (last !== undefined) lines.push(`${indent}${last} --> ${id}`)
      last = id
      return
    }
    lines.push(`${indent}subgraph ${id}["${label(at)}"]`)
    for (const part of at.parts) draw(part, `${indent}  `)
    lines.push(`${indent}end`)
  }
  draw(plan, '  ')
  return lines.join('\n')
}

const label = (plan: Plan): string => {
  const settings = Object.entries(plan.settings ?? {}).map(([key, value]) => `${key} ${value}`)
  const head = plan.kind === 'scope' ? `within ${plan.name}` : plan.name
  return [head, ...settings].join(', ').replaceAll('"', '#quot;')
}
