import type { Plan } from './plan.ts'

/**
 * A plan as a Mermaid flowchart: stages in the order in which items pass, scopes and pipelines as boxes around them.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { describe, mermaid, pipeline, stage } from 'kinograd/flow'
 *
 * const same = stage.pure({ name: 'same', item: String }, (n: number) => n)
 * assert.equal(mermaid(describe(pipeline('all', same))), `flowchart LR
 *   subgraph n0["all"]
 *     n1["same"]
 *   end`)
 * ```
 */
export const mermaid = (plan: Plan): string => {
  const lines: string[] = ['flowchart LR']
  let count = 0
  let last: string | undefined
  const draw = (part: Plan, indent: string): void => {
    const id = `n${count++}`
    if (part.parts.length === 0) {
      lines.push(`${indent}${id}["${label(part)}"]`)
      if (last !== undefined) lines.push(`${indent}${last} --> ${id}`)
      last = id
      return
    }
    lines.push(`${indent}subgraph ${id}["${label(part)}"]`)
    for (const inner of part.parts) draw(inner, `${indent}  `)
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
