import type { VideoRecord } from 'kinograd/dataset'
import type { Engine } from 'kinograd/engine'
import { type Batch, items } from 'kinograd/flow'
import { type Decoder, uniform } from 'kinograd/media'
import { template } from 'kinograd/process'
import { noLength } from 'kinograd/reward'
import * as S from 'kinograd/stages'

/** What the wrong pipelines of this folder are made of. Their record has a field of its own. */
export type Mine = VideoRecord & { readonly span: readonly [number, number] }
export declare const engine: Engine
export declare const pieces: S.Pieces
declare const decoder: Decoder
export const records = items<S.HasRecord<Mine>>([])
export const clips = items<S.HasRecord<Mine> & S.HasClip>([])
export const media = { decoder, root: '.', spec: uniform(2) }
export const sampling = () => ({ count: 8, maxTokens: 9, temperature: 1, stop: [], seed: 1 })
export const prompt = { ids: Int32Array.of(1), media: [] }
export const scoring = {
  accuracy: {
    perception: (record: Mine) => record.span[0],
    reasoning: S.answerReward(({ text }: { readonly text: string }) => text),
  },
  length: { perception: noLength, reasoning: noLength },
}
export const learning = { engine, loss: {}, learningRate: () => 1 }
const two = template({ perception: ['o'], reasoning: ['a'] })
export const read = () => S.readRollouts(two, pieces)
/** A batch of groups that were sampled and read, and no more. */
export interface Read extends S.HasPrompt, S.HasGroup, S.HasRollouts<'p', 'o'> {}
export const groups = items<Batch<Read>>([])
