import { either as E } from 'fp-ts'
import { paGrpo } from 'kinograd/advantage'
import { type Batch, batch, each, gate, items, pipeline, type Stage, stage, within } from 'kinograd/flow'
import { type Decoder, uniform } from 'kinograd/media'
import { videoP2R } from 'kinograd/process'
import * as S from 'kinograd/stages'
import { test } from 'vitest'
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

const decode = S.decode({ decoder, root: '.' })
const look = S.sampleFrames({ decoder, spec: uniform(2) })
const ask = S.toPrompt(() => E.right(prompt))
const rollout = S.rollout({ engine, sampling })
const read = S.readRollouts(videoP2R, tokenizer)
declare const score: Stage<Read, Scored>
const advantage = S.advantage(paGrpo())
const update = S.policyUpdate({ engine, loss: {}, learningRate: () => 0 })

test('the stages compose in their order, and what each adds is there in the end', () => {
  const seen = pipeline('see', decode, look, ask, stage.dropping('frames'))
  const asked: Stage<S.HasRecord, Batch<Asked>> = pipeline('all', within(gate({ inFlight: 1 }), seen), batch(2))
  void asked
  const learned = pipeline('learn', rollout, each(read), each(score), advantage, update)
  const typed: Stage<Batch<Asked>, Batch<Weighed> & S.HasUpdate> = learned
  void typed
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
  S.advantage((batch: readonly S.HasAdvantages<K>['normalised'][]) => batch)
})

test('frames do not leave their scope', () => {
  const g = gate({ inFlight: 1 })
  within(g, pipeline('drops', decode, look, ask, stage.dropping('frames')))
  // @ts-expect-error frames are heavy
  within(g, pipeline('keeps', decode, look))
  // @ts-expect-error frames are heavy
  within(g, pipeline('keeps', decode, look, ask))
})

test('one stream of all kinds of media: no type argument, no cast', () => {
  interface Mine extends S.HasRecord {
    readonly record: S.HasRecord['record'] & { readonly shots: readonly string[]; readonly rate: number }
  }
  const options = { decoder, root: '.', links: 'follow' } as const
  const kept: Stage<Mine, Mine & S.HasClip & S.HasFrames> = pipeline(
    'kinds',
    S.decode({ ...options, pictures: ({ shots, rate }: Mine['record']) => ({ list: shots, fps: rate }) }),
    S.sampleFrames({ decoder, spec: uniform(16, { atMost: true }) }),
  )
  void kept
  items<Mine>([]).pipe(
    S.decode({ ...options, pictures: ({ shots, rate }) => ({ list: shots, fps: rate }) }),
    S.sampleFrames({ decoder, spec: uniform(2) }),
    S.toPrompt(({ record, frames }) => E.right({ ids: Int32Array.of(record.rate, frames.count), media: [] })),
  )
  // @ts-expect-error records have no such field
  items<Mine>([]).pipe(S.decode({ ...options, pictures: ({ scenes }) => ({ list: scenes }) }))
  // @ts-expect-error a rate is a number
  items<Mine>([]).pipe(S.decode({ ...options, pictures: ({ shots }) => ({ fps: shots }) }))
})
