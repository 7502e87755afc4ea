import { readFile } from 'node:fs/promises'
import type { ProblemType } from 'kinograd/dataset'
import type { EvaluatedType } from 'kinograd/reward'
import { accuracy, taggedAnswer, videoR1Evaluation, videoR1Format } from 'kinograd/reward'
import type { Check } from './quantity.ts'

interface Case {
  readonly kind: 'accuracy' | 'format' | 'evaluation'
  readonly problemType: ProblemType
  readonly completion: string
  readonly solution: string
  readonly expected: number
}

const score = ({ kind, problemType, completion, solution }: Case): number => {
  if (kind === 'format') return videoR1Format(completion)
  if (kind === 'evaluation') return videoR1Evaluation(problemType as EvaluatedType, completion, taggedAnswer(solution))
  const made = accuracy({ mode: 'video-r1' })(problemType)(taggedAnswer(completion), taggedAnswer(solution))
  return made._tag === 'Right' ? made.right : Number.NaN
}

/** Rewards against Video-R1's own functions: exact, free-form within 1e-6. */
export const check: Check = async path => {
  const { cases } = JSON.parse(await readFile(path, 'utf8')) as { readonly cases: readonly Case[] }
  const groups = new Map<string, { cases: number; error: number }>()
  for (const c of cases) {
    const name = c.kind === 'format' ? 'format' : `${c.kind}: ${c.problemType}`
    const group = groups.get(name) ?? { cases: 0, error: 0 }
    const apart = Math.abs(score(c) - c.expected)
    if (apart > 1e-6 && process.env.VERBOSE !== undefined) console.error(score(c), JSON.stringify(c))
    group.cases++
    group.error = Number.isNaN(apart) ? Number.POSITIVE_INFINITY : Math.max(group.error, apart)
    groups.set(name, group)
  }
  return [...groups].sort().map(([name, group]) => ({ name, ...group, bound: name.includes('free-form') ? 1e-6 : 0 }))
}
