import { answerText } from '../reward/index.ts'

/** What stands in the first pair of a tag, stripped; undefined where there is no pair. Linear. */
export const segmentIn = (output: string, tag: string): string | undefined => {
  const [open, close] = [`<${tag}>`, `</${tag}>`]
  const start = output.indexOf(open)
  const end = start < 0 ? -1 : output.indexOf(close, start + open.length)
  return end < 0 ? undefined : output.slice(start + open.length, end).trim()
}

/** The parts of an output that diagnostics look at: undefined where it has none. */
export interface OutputParts {
  readonly observation: string | undefined
  readonly think: string | undefined
  /** What it answers: inside the answer tags, behind the thoughts, or all of it (`answerText` of the reward room). */
  readonly answer: string
}

/**
 * Takes an output of VideoP2R's or Video-R1's template apart: `<observation>`, `<think>`, `<answer>`.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { outputParts } from 'kinograd/evaluation'
 *
 * const parts = outputParts('<think>It is red.</think><answer>B</answer>')
 * assert.deepEqual(parts, { observation: undefined, think: 'It is red.', answer: 'B' })
 * ```
 */
export const outputParts = (output: string): OutputParts => ({
  observation: segmentIn(output, 'observation'),
  think: segmentIn(output, 'think'),
  answer: answerText(output),
})
