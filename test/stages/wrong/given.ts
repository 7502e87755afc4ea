import type { VideoRecord } from 'kinograd/dataset'
import type { Engine } from 'kinograd/engine'
import { type Batch, type Item, items } from 'kinograd/flow'
import { type Decoder, uniform } from 'kinograd/media'
import { videoP2R } from 'kinograd/process'
import { noLength } from 'kinograd/reward'
import * as S from 'kinograd/stages'
import type { Observable } from 'rxjs'

/** What the wrong pipelines of this folder are made of. Their record has a field of its own. */
export type Mine = VideoRecord & { readonly span: readonly [number, number] }
export declare const engine: Engine
export declare const pieces: S.Pieces
declare const decoder: Decoder
export const records = items<S.HasRecord<Mine>>([])
export declare const batches: Observable<Item<Batch<S.HasRecord<Mine>>>>
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
export const read = () => S.readRollouts(videoP2R, pieces)
