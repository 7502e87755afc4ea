import type { ProblemType } from '../dataset/index.ts'
import { float, isSpace, pyMax, pyMin, round2, strip, words } from './python.ts'
import { rouge } from './rouge.ts'
import { wordErrorRate } from './wer.ts'

/**
 * Video-R1's rewards with their quirks (`src/r1-v/src/open_r1/grpo.py`, `src/eval_bench.py`): "B." is not B, "1,000" is
 * not "1000" because only one of them holds a comma, 0 against 0 is 0, a ground truth of NaN or infinity is always met.
 */

/**
 * What stands in the first answer tags, stripped; empty when there are none. Linear.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { taggedAnswer } from 'kinograd/reward'
 *
 * assert.equal(taggedAnswer('<think>…</think><answer> B </answer>'), 'B')
 * assert.equal(taggedAnswer('B'), '')
 * ```
 */
export const taggedAnswer = (text: string): string => {
  const start = text.indexOf('<answer>')
  const end = start === -1 ? -1 : text.indexOf('</answer>', start + '<answer>'.length)
  return end === -1 ? '' : strip(text.slice(start + '<answer>'.length, end))
}

/**
 * What a completion answers: what stands in the first answer tags, without them what follows the last `</think>`, and
 * all of it without either. The repaired rewards read answers by it, so that a whole completion may be given to them.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { answerText } from 'kinograd/reward'
 *
 * assert.equal(answerText('<think>A?</think><answer> B </answer>'), 'B')
 * assert.equal(answerText('<think>A?</think> B'), 'B')
 * assert.equal(answerText('B'), 'B')
 * ```
 */
export const answerText = (completion: string): string => {
  const start = completion.indexOf('<answer>')
  if (start !== -1 && completion.indexOf('</answer>', start) !== -1) return taggedAnswer(completion)
  const thought = completion.lastIndexOf('</think>')
  return strip(thought === -1 ? completion : completion.slice(thought + '</think>'.length))
}

const number = (text: string): number | null => float(text.replaceAll(',', ''))
const pointed = (text: string): boolean => text.includes('.') || text.includes(',')

const numerical = (answer: string, truth: string): number => {
  if (pointed(answer) !== pointed(truth)) return 0
  const a = number(answer)
  const t = number(truth)
  return a !== null && t !== null && round2(a) === round2(t) ? 1 : 0
}

const regression = (answer: string, truth: string): number => {
  const a = number(answer)
  const t = number(truth)
  if (a === null || t === null) return 0
  return 1 - pyMin(1, pyMax(0, (Math.abs(a - t) + 1e-9) / (Math.abs(t) + 1e-9)))
}

const byType: Readonly<Record<ProblemType, (answer: string, truth: string) => number>> = {
  'multiple choice': (answer, truth) => (strip(answer) === strip(truth) ? 1 : 0),
  numerical,
  OCR: (answer, truth) => pyMax(0, pyMin(1, 1 - wordErrorRate(words(truth), words(answer)))),
  'free-form': (answer, truth) => pyMax(0, pyMin(1, rouge(truth, answer))),
  regression,
}

/**
 * The training reward of an answer that was taken out of its tags. Texts may have any length, and OCR and free-form take
 * time quadratic in their words: `accuracy({ mode: 'video-r1' })` bounds them.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { videoR1Accuracy } from 'kinograd/reward'
 *
 * assert.equal(videoR1Accuracy('multiple choice', 'B.', 'B'), 0)
 * assert.equal(videoR1Accuracy('numerical', '3.144', '3.14'), 1)
 * ```
 */
export const videoR1Accuracy = (type: ProblemType, answer: string, truth: string): number => byType[type](answer, truth)

/**
 * The format reward: think, white space, answer, nothing before or after; a second answer block passes. Linear.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { videoR1Format } from 'kinograd/reward'
 *
 * assert.equal(videoR1Format('<think>…</think> <answer>B</answer>'), 1)
 * assert.equal(videoR1Format('<answer>B</answer>'), 0)
 * ```
 */
export const videoR1Format = (text: string): 0 | 1 => {
  if (!text.startsWith('<think>') || !text.endsWith('</answer>')) return 0
  const close = '</think>'
  for (let at = text.indexOf(close, '<think>'.length); at !== -1; at = text.indexOf(close, at + 1)) {
    let next = at + close.length
    while (isSpace(text.charAt(next))) next++
    if (text.startsWith('<answer>', next) && next + '<answer>'.length <= text.length - '</answer>'.length) return 1
  }
  return 0
}

const f32 = Math.fround

/** 1 − θ for θ = .50, .55, … .95, in float32 as torch computes them. */
const tolerances: readonly number[] = Array.from({ length: 10 }, (_, i) => f32(1 - f32(0.5 + i * 0.05)))

/**
 * Mean relative accuracy (VSI-Bench, arXiv 2412.14171): the share of ten tolerances that the relative error
 * stays under, in float32.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { meanRelativeAccuracy } from 'kinograd/reward'
 *
 * assert.equal(meanRelativeAccuracy(10, 10), 1)
 * assert.equal(meanRelativeAccuracy(20, 10), 0)
 * ```
 */
export const meanRelativeAccuracy = (answer: number, truth: number): number => {
  const error = f32(f32(Math.abs(f32(f32(answer) - f32(truth)))) / f32(f32(Math.abs(f32(truth))) + f32(1e-8)))
  return f32(tolerances.filter(tolerance => error < tolerance).length / tolerances.length)
}

/** The types that Video-R1's evaluation has a score for. */
export type EvaluatedType = 'multiple choice' | 'numerical' | 'regression'

/**
 * The benchmark score: the training reward, but mean relative accuracy for regression, and untagged outputs count whole.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { videoR1Evaluation } from 'kinograd/reward'
 *
 * assert.equal(videoR1Evaluation('multiple choice', '<answer>B</answer>', 'B'), 1)
 * assert.equal(videoR1Evaluation('regression', '5', '10'), 0)
 * ```
 */
export const videoR1Evaluation = (type: EvaluatedType, completion: string, truth: string): number => {
  const tagged = taggedAnswer(completion)
  const answer = tagged === '' ? completion : tagged
  if (type !== 'regression') return byType[type](answer, truth)
  const a = number(answer)
  const t = number(truth)
  return a === null || t === null ? 0 : meanRelativeAccuracy(a, t)
}
