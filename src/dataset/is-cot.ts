import type { CotRecord, VideoRecord } from './record.ts'

const texts = ['observation', 'process', 'output'] as const

/**
 * Whether a record holds a chain of thought: then it can be fine-tuned on.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { isCot } from 'kinograd/dataset'
 *
 * const question = { problem: 'How many balls?', path: './7.mp4', source: '', id: '7', options: [], answer: '3' }
 * const kinds = { problemType: 'numerical', dataType: 'video' } as const
 * const chain = { observation: '3 balls', process: 'I count 3.', output: '<answer>3</answer>', reward: 1 }
 * assert(isCot({ ...question, ...kinds, ...chain }))
 * assert(!isCot({ ...question, ...kinds }))
 * ```
 */
export const isCot = <R extends VideoRecord>(record: R): record is R & CotRecord =>
  texts.every(name => typeof Reflect.get(record, name) === 'string') &&
  typeof Reflect.get(record, 'reward') === 'number'
