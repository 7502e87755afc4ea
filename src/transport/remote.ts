import { either as E } from 'fp-ts'
import type { Observable } from 'rxjs'
import { attachPlan, type Fault, fromItems, type Item, iterate, type Stage, stageError } from '../flow/index.ts'
import { fromWire, toWire } from './blobs.ts'
import type { Wire } from './envelope.ts'
import { orEnd } from './faults.ts'
import type { Lifted, StageWork } from './lifted.ts'
import type { Question, RemoteRun } from './open-remote.ts'
import type { BlobRef } from './transport.ts'

/** A question, and the blobs that were met on the way to its answer. */
interface Asking extends Omit<Question, 'input'> {
  readonly blobs: BlobRef[]
}

const failedAt = (stage: string, { item }: Asking, why: Fault): Item<never> => E.left(stageError(stage, item, why))

/** One input through stages in a row; what lies between them is not read here. */
const through = async (
  run: RemoteRun,
  [first, ...rest]: readonly StageWork[],
  input: Wire,
  asking: Asking,
): Promise<readonly Item<Wire>[]> => {
  asking.blobs.push(...Object.values(input.blobs))
  if (first === undefined) return [E.right(input)]
  const answer = await run.ask(first, { ...asking, input })
  if (E.isLeft(answer)) return [failedAt(first.name, asking, answer.left)]
  const outputs: Item<Wire>[] = []
  for (const one of answer.right) outputs.push(...(E.isLeft(one) ? [one] : await through(run, rest, one.right, asking)))
  return outputs
}

/** Blobs that were lost or spoilt are made anew, once. */
const spoilt = (item: Item<unknown>): boolean =>
  E.isLeft(item) && (item.left.fault._tag === 'NoBlob' || item.left.fault._tag === 'BadBlob')

interface Route<A, B> {
  readonly run: RemoteRun
  readonly first: Lifted<A, unknown>
  readonly works: readonly StageWork[]
  readonly decode: (output: unknown) => E.Either<Fault, B>
}

const outputsOnce = async <A, B>(
  { run, first, works, decode }: Route<A, B>,
  a: A,
  asking: Asking,
): Promise<readonly Item<B>[]> => {
  const { transport } = run
  const last = works.at(-1)?.name ?? first.name
  const input = orEnd(await toWire(transport, run.run, first.encode(a)))
  if (E.isLeft(input)) return [failedAt(first.name, asking, input.left)]
  const outputs: Item<B>[] = []
  for (const output of await through(run, works, input.right, asking)) {
    if (E.isLeft(output)) {
      outputs.push(output)
      continue
    }
    const value = orEnd(await fromWire(transport, run.run, output.right))
    const read = E.isLeft(value) ? value : decode(value.right)
    outputs.push(E.isLeft(read) ? failedAt(last, asking, read.left) : read)
  }
  return outputs
}

const outputsOf = async <A, B>(route: Route<A, B>, a: A, signal: AbortSignal): Promise<readonly Item<B>[]> => {
  const { run, first } = route
  const blobs: BlobRef[] = []
  const asking = (round: number): Asking => ({ item: first.itemOf(a), round, signal, blobs })
  const once = await outputsOnce(route, a, asking(0))
  const outputs = once.some(spoilt) ? await outputsOnce(route, a, asking(1)) : once
  // Whoever cannot drop them now leaves them to the end that all blobs have.
  for (const ref of blobs) await run.transport.dropBlob(run.run, ref)()
  return outputs.length > 0
    ? outputs
    : [
        failedAt(first.name, asking(0), {
          _tag: 'Empty',
          cause: 'the stage ended without output',
          remedy: 'Send an item or a Left for every item',
        }),
      ]
}

/** An iterator whose `return` stops what is under way, which that of a generator would wait for. */
const stoppable = <T>(make: (signal: AbortSignal) => AsyncGenerator<T>): AsyncIterable<T> => ({
  [Symbol.asyncIterator]: () => {
    const controller = new AbortController()
    const generator = make(controller.signal)
    return {
      next: () => generator.next(),
      return: () => {
        controller.abort()
        return generator.return(undefined).catch((): IteratorResult<T> => ({ done: true, value: undefined }))
      },
    }
  },
})

/**
 * The same stages, done by workers (`serve`): in a row, without what lies between them coming here. It keeps order and asks for one item
 * at a time; `within` around it asks for several, and bounds what this side holds. An item is small where it crosses; what its codec gives
 * as `Uint8Array` goes by blobs, which are dropped when the item is through.
 *
 * Each item has its outputs once, however often workers, this process or the server are killed on the way: work is known by the hash of
 * stage, version and input, and its result is published before it is taken from the queue. Two equal items share one result.
 *
 * Left: what the stages' own faults are; `DeadLetter`, too many workers died of it; `NoBlob`, `BadBlob`, `BadMessage`, `NotPlain`,
 * `TooLarge`. A `Defect` ends the stream where the server stays away (`Unreachable`), another process took the name (`RunTaken`) or
 * nobody serves (`NoAnswer`).
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import * as t from 'io-ts'
 * import { items, stage } from 'kinograd/flow'
 * import { inProcess, lifted, openRemote, remote, serve } from 'kinograd/transport'
 * import { firstValueFrom } from 'rxjs'
 *
 * const word = { version: '1', input: t.string, output: t.string }
 * const twice = lifted({ ...word, name: 'twice', stage: stage.pure({ name: 'twice', item: String }, (w: string) => w + w) })
 * const loud = lifted({ ...word, name: 'loud', stage: stage.pure({ name: 'loud', item: String }, (w: string) => w.toUpperCase()) })
 * const transport = inProcess()
 * const worker = serve(transport, { run: 'demo', stages: [twice, loud] })
 * const run = await openRemote(transport, { run: 'demo', inFlight: 4 })()
 * assert(E.isRight(run))
 * assert.deepEqual(await firstValueFrom(items(['ho']).pipe(remote(run.right, twice, loud))), E.right('HOHO'))
 * await run.right.close()
 * await worker.close()
 * ```
 */
export const remote = <A, B, C = B, D = C, F = D>(
  run: RemoteRun,
  ab: Lifted<A, B>,
  bc?: Lifted<B, C>,
  cd?: Lifted<C, D>,
  de?: Lifted<D, F>,
): Stage<A, F> => {
  const works: readonly StageWork[] = [ab, bc, cd, de].filter(one => one !== undefined)
  const { decode } = (de ?? cd ?? bc ?? ab) as Pick<Lifted<never, F>, 'decode'>
  const route = { run, first: ab, works, decode }
  const name = works.map(one => one.name).join(', ')
  return attachPlan({ kind: 'stage', name: `workers: ${name}`, parts: [] }, (source: Observable<Item<A>>) =>
    fromItems(
      stoppable<Item<F>>(async function* (signal) {
        for await (const item of iterate(source, signal)) {
          if (E.isLeft(item)) yield item
          else yield* await outputsOf(route, item.right, signal)
        }
      }),
    ),
  )
}
