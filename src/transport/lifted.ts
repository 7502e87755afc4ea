import { either as E } from 'fp-ts'
import type * as t from 'io-ts'
import { type Fault, fault, type Item, items, iterate, type Stage, stageError } from '../flow/index.ts'

/** A stage, and what is needed to run it somewhere else. */
export interface Liftable<A, B> {
  /** What its queue is called, and workers are told: `decode`. */
  readonly name: string
  /** Another one where the same input gives something else: workers of another version do not touch the work. */
  readonly version: string
  /** How an item is written for the worker: plain values and Uint8Arrays, which travel as blobs. */
  readonly input: t.Type<A, unknown>
  readonly output: t.Type<B, unknown>
  readonly stage: Stage<A, B>
  /** What an item is called in errors; nothing but that leaves with it. */
  readonly item?: (a: A) => string
}

/** What a worker needs of a stage: it knows neither type. */
export interface StageWork {
  readonly name: string
  readonly version: string
  /** Runs the stage on one input; gives its outputs as they are written. */
  readonly work: (input: unknown, item: string, signal: AbortSignal) => Promise<readonly Item<unknown>[]>
}

/** A stage that can run here, on a worker, or be asked for from afar. */
export interface Lifted<A, B> extends StageWork {
  readonly itemOf: (a: A) => string
  readonly encode: (a: A) => unknown
  readonly decode: (output: unknown) => E.Either<Fault, B>
}

const another = (what: string, stage: string, errors: t.Errors): Fault =>
  fault(
    'BadMessage',
    `the ${what} of ${stage} has another form at ${errors[0]?.context.map(({ key }) => key).join('/') || '/'}`,
    'Run the same version of the program, with the same configuration, here and on the workers.',
  )

/**
 * Makes a stage, of whatever kind, one that workers can run: `serve` on their side, `remote` on the side that has the items. The
 * codecs say how items are written and check what comes; a stage that gives several outputs, or none, may be lifted as well.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import * as t from 'io-ts'
 * import { gate, items, iterate, stage, within } from 'kinograd/flow'
 * import { inProcess, lifted, openRemote, remote, serve } from 'kinograd/transport'
 *
 * const number = t.type({ n: t.number })
 * const about = { name: 'square', item: ({ n }: { readonly n: number }) => String(n) }
 * const square = lifted({
 *   ...{ name: 'square', version: '1', input: number, output: number },
 *   stage: stage.pure(about, ({ n }: { readonly n: number }) => ({ n: n * n })),
 * })
 * const transport = inProcess()
 * const worker = serve(transport, { run: 'demo', stages: [square] })
 * const run = await openRemote(transport, { run: 'demo', inFlight: 4 })()
 * assert(E.isRight(run))
 * const scope = within(gate({ inFlight: 4 }), remote(run.right, square))
 * const seen: number[] = []
 * for await (const item of iterate(scope([{ n: 2 }, { n: 3 }]))) if (E.isRight(item)) seen.push(item.right.n)
 * assert.deepEqual(seen, [4, 9])
 * await run.right.close()
 * await worker.close()
 * ```
 */
export const lifted = <A, B>({ name, version, input, output, stage, item }: Liftable<A, B>): Lifted<A, B> => ({
  ...{ name, version, encode: input.encode, itemOf: item ?? (() => name) },
  decode: value => E.mapLeft((errors: t.Errors) => another('output', name, errors))(output.decode(value)),
  work: async (value, called, signal) => {
    const read = input.decode(value)
    if (E.isLeft(read)) return [E.left(stageError(name, called, another('input', name, read.left)))]
    const outputs: Item<unknown>[] = []
    for await (const one of iterate(items([read.right]).pipe(stage), signal)) outputs.push(E.map(output.encode)(one))
    return outputs
  },
})
