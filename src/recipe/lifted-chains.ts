import * as t from 'io-ts'
import { type CotRecord, dataTypes, problemTypes, type VideoRecord } from '../dataset/index.ts'
import { pipeline, stage } from '../flow/index.ts'
import type { HasChain, HasFrames, HasRecord } from '../stages/index.ts'
import * as S from '../stages/index.ts'
import { bytes, type Lifted, lifted, plain } from '../transport/index.ts'
import { type ChainParts, chainStages } from './annotate.ts'
import { look } from './look.ts'

const oneOf = <W extends string>(words: readonly W[]) => t.refinement(t.string, text => words.some(one => one === text))

const recordShape = t.type({
  ...{ id: t.string, problem: t.string, answer: t.string, path: t.string, source: t.string },
  ...{ problemType: oneOf(problemTypes), dataType: oneOf(dataTypes), options: t.readonlyArray(t.string) },
})
const chainShape = t.type({ observation: t.string, process: t.string, output: t.string, reward: t.number })
const framesShape = t.type({
  ...{ data: bytes, count: t.number, width: t.number, height: t.number, times: t.readonlyArray(t.number) },
})

const isRecord = (value: unknown): value is VideoRecord => recordShape.is(value)
const isCot = (value: unknown): value is CotRecord => isRecord(value) && chainShape.is(value)
const isItem = (value: unknown): value is HasRecord =>
  typeof value === 'object' && value !== null && 'record' in value && isRecord(value.record)
const isSeen = (value: unknown): value is HasRecord & HasFrames =>
  isItem(value) && 'frames' in value && framesShape.is(value.frames)
const isAnnotated = (value: unknown): value is HasRecord & HasChain =>
  isItem(value) && t.type({ chain: t.string, annotator: t.string }).is(value)

/** The stages of the data pipeline as workers do them, by the names of their queues. */
export interface LiftedChains {
  readonly decode: Lifted<HasRecord, HasRecord & HasFrames>
  readonly annotate: Lifted<HasRecord & HasFrames, HasRecord & HasChain>
  readonly judge: Lifted<HasRecord & HasChain, CotRecord>
}

/** The names of the stages that workers can do, in their order. */
export const workerStages = ['decode', 'annotate', 'judge'] as const

/**
 * The data pipeline in three pieces for workers: frames of a record; its chain; the verdicts on that. What `annotatedChains` does with
 * them or without is the same.
 */
export const liftedChains = (parts: ChainParts, version: string): LiftedChains => {
  const { annotate, sorted } = chainStages(parts)
  const [record, seen] = [plain('a record', isItem), plain('a record and its frames', isSeen)]
  const annotated = plain('a record and its chain', isAnnotated)
  const known = { version, item: S.recordId }
  return {
    decode: lifted({
      ...{ name: 'decode', ...known, input: record, output: seen },
      stage: pipeline('decode', stage.taking<HasRecord>(), look(parts.recipe.media), stage.dropping('clip')),
    }),
    annotate: lifted({
      ...{ name: 'annotate', ...known, input: seen, output: annotated },
      stage: pipeline('annotate', stage.taking<HasRecord & HasFrames>(), annotate, stage.dropping('frames')),
    }),
    judge: lifted({ name: 'judge', ...known, input: annotated, output: plain('a chain', isCot), stage: sorted }),
  }
}
