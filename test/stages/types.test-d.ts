import { either as E } from 'fp-ts'
import { paGrpo } from 'kinograd/advantage'
import { type Batch, batch, each, gate, items, pipeline, type Stage, stage, within } from 'kinograd/flow'
import { type Decoder, uniform } from 'kinograd/media'
import { videoP2R } from 'kinograd/process'
import * as S from 'kinograd/stages'
import { expectTypeOf, test } from 'vitest'
import { engineOf, tokenizer } from './fakes.ts'

type K = 'perception' | 'reasoning'
type T = 'observation' | 'think' | 'answer'
type Asked = S.HasRecord & S.HasPrompt
type Sampled = Asked & S.HasGroup
type Read = Sampled & S.HasRollouts<K, T>
type Scored = Read & S.HasRewards<K>
type Weighed = Scored & S.HasAdvantages<K>

declare const decoder: Decoder
const { engine } = engineOf({})
const sampling = () => ({ count: 2, maxTokens: 5, temperature: 1, stop: [], seed: 0 })
const prompt = { ids: Int32Array.of(1), media: [] }

const decode = S.decode<S.HasRecord>({ decoder, root: '.' })
const look = S.sampleFrames<S.HasRecord & S.HasClip>({ decoder, spec: uniform(2) })
const ask = S.toPrompt<S.HasRecord & S.HasClip & S.HasFrames>(() => E.right(prompt))
const rollout = S.rollout<Asked>({ engine, sampling })
const read = S.readRollouts<Sampled, K, T>(videoP2R, tokenizer)
declare const score: Stage<Read, Scored>
const advantage = S.advantage<Scored, K>(paGrpo())
const update = S.policyUpdate<Weighed, K, T>({ engine, loss: {}, learningRate: () => 0 })

test('the stages compose in their order, and what each adds is there in the end', () => {
  const seen = pipeline('see', decode, look, ask, stage.dropping('frames'))
  expectTypeOf(pipeline('all', within(gate({ inFlight: 1 }), seen), batch(2))).toExtend<
    Stage<S.HasRecord, Batch<Asked>>
  >()
  const learned = pipeline('learn', rollout, each(read), each(score), advantage, update)
  expectTypeOf(learned).toExtend<Stage<Batch<Asked>, Batch<Weighed> & S.HasUpdate>>()
})

test('a wrong order does not compile', () => {
  // @ts-expect-error frames need a clip
  items<S.HasRecord>([]).pipe(look, ask)
  // @ts-expect-error a prompt needs frames
  pipeline('no frames', decode, ask)
  // @ts-expect-error rewards need rollouts that were read
  pipeline('unread', rollout, each(score), each(read))
  // @ts-expect-error an update needs advantages
  pipeline('no advantage', rollout, each(read), each(score), update)
  // @ts-expect-error advantages need rewards
  pipeline('no reward', rollout, each(read), advantage)
})

test('a stage for one item does not take a batch, nor the other way round', () => {
  // @ts-expect-error a rollout takes batches
  pipeline('one', decode, look, ask, rollout)
  // @ts-expect-error reading takes one item
  pipeline('batch', rollout, read)
})

test('normalising twice does not compile', () => {
  const normaliser = paGrpo()
  // @ts-expect-error what is normalised is not raw
  normaliser(normaliser<K>([]))
  // @ts-expect-error its rewards are gone: advantages are no rewards
  S.advantage<Weighed, K>((batch: readonly S.HasAdvantages<K>['normalised'][]) => batch)
})

test('frames do not leave their scope', () => {
  const g = gate({ inFlight: 1 })
  within(g, pipeline('drops', decode, look, ask, stage.dropping('frames')))
  // @ts-expect-error frames are heavy
  within(g, pipeline('keeps', decode, look))
  // @ts-expect-error frames are heavy
  within(g, pipeline('keeps', decode, look, ask))
})
