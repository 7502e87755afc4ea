import { taskEither as TE } from 'fp-ts'
import {
  type Batch,
  batch,
  each,
  feedback,
  gate,
  type Heavy,
  items,
  pipeline,
  type Stage,
  type Staleness,
  stage,
  unbatch,
  within,
} from 'kinograd/flow'
import { pipe } from 'rxjs'
import { expectTypeOf, test } from 'vitest'

// A small world of its own: clips are decoded to frames, seen as tokens, scored raw, and normalised.
interface HasRecord {
  readonly record: { readonly id: string }
}
interface Pixels extends Heavy {
  readonly data: Uint8Array
}
interface HasFrames {
  readonly frames: Pixels
}
interface HasTokens {
  readonly tokens: Int32Array
}
interface HasScore<Scale extends 'raw' | 'normalised'> {
  readonly score: { readonly scale: Scale; readonly value: number }
}
declare const frames: HasFrames
declare const tokens: HasTokens

const item = (a: HasRecord) => a.record.id
const decode = <A extends HasRecord>() => stage.adding<A, HasFrames>({ name: 'decode', item }, () => TE.right(frames))
const see = <A extends HasRecord & HasFrames>() =>
  stage.adding<A, HasTokens>({ name: 'see', item }, () => TE.right(tokens))
const drop = () => stage.dropping('frames')
declare const normalise: Stage<HasScore<'raw'>, HasScore<'normalised'>>
declare const score: Stage<HasTokens, HasScore<'raw'>>
const g = gate({ inFlight: 2 })

test('stages in the right order compose, and their fields add up', () => {
  const inside = pipeline('clip', decode<HasRecord>(), see<HasRecord & HasFrames>(), drop())
  const scope = within(g, inside)
  const typed: Stage<HasRecord, HasRecord & HasTokens> = scope
  void typed
  items<HasRecord>([]).pipe(pipeline('all', scope, score, normalise))
  items<HasRecord>([]).pipe(batch(8), within(g, each(scope)), unbatch(), score)
})

test('the wrong order does not compile', () => {
  // @ts-expect-error tokens are seen before frames are decoded
  pipeline('wrong', see<HasRecord & HasFrames>(), decode<HasRecord>(), (s: never) => s)
  // @ts-expect-error scoring needs tokens, and decoding gives none
  pipeline('wrong', decode<HasRecord>(), score)
  // @ts-expect-error the same with the pipe of RxJS
  pipe(decode<HasRecord>(), score)
})

test('a missing field does not compile', () => {
  // @ts-expect-error an item without a record cannot be decoded
  decode<{ readonly path: string }>()
  // @ts-expect-error a source of items without a record
  within(g, pipe(decode<HasRecord>(), drop()))([{ path: 'a.mp4' }])
  // @ts-expect-error an error must say how an item is called
  stage.pure<number, number>({ name: 'nameless' }, n => n)
})

test('normalising twice does not compile', () => {
  pipeline('once', score, normalise)
  // @ts-expect-error normalised scores are not raw
  pipeline('twice', score, normalise, normalise)
})

test('frames do not leave a scope', () => {
  // @ts-expect-error decoded frames would leave the scope
  within(g, decode<HasRecord>())
  const hide = stage.pure({ name: 'hide', item }, (a: HasRecord) => ({ ...a, shots: [{ all: [frames] }] }))
  // @ts-expect-error nor do they hidden in a field or a list
  within(g, hide)
  const bare = stage.pure({ name: 'bare', item }, (_: HasRecord): Pixels => frames.frames)
  // @ts-expect-error nor by themselves
  within(g, bare)
  // @ts-expect-error nor in a batch
  within(g, each(decode<HasRecord>()))
  within(g, each(within(g, pipe(decode<HasRecord>(), drop()))))
})

test('a stage on single items does not take batches, nor the other way round', () => {
  // @ts-expect-error lift it with each
  items<HasRecord>([]).pipe(batch(8), decode<HasRecord>())
  expectTypeOf(each(score)).toExtend<Stage<Batch<HasTokens>, Batch<HasScore<'raw'>>>>()
})

test('feedback gives the update the staleness of its item', () => {
  const rollout = stage.adding<HasRecord, HasTokens>({ name: 'rollout', item }, () => TE.right(tokens))
  const update = stage.pure({ name: 'update', item }, (a: HasRecord & HasTokens & Staleness) => a.staleness)
  expectTypeOf(feedback({ width: 2, rollout, update })).toExtend<Stage<HasRecord, number>>()
  // @ts-expect-error the update needs a score that the rollout does not give
  feedback({ width: 2, rollout, update: score as unknown as Stage<HasScore<'raw'>, number> })
})
