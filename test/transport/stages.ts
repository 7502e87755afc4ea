import { either as E, taskEither as TE } from 'fp-ts'
import * as t from 'io-ts'
import { fault, gate, type Item, iterate, stage, within } from 'kinograd/flow'
import { bytes, type Lifted, lifted, openRemote, type RemoteRun, remote, type Transport } from 'kinograd/transport'
import type { Observable } from 'rxjs'

const numbered = t.type({ n: t.number })
type Numbered = t.TypeOf<typeof numbered>
const withFrames = t.type({ n: t.number, frames: bytes })
const withText = t.type({ n: t.number, text: t.string })
type WithText = t.TypeOf<typeof withText>

const nameOf = ({ n }: Numbered): string => `#${n}`

/** What the stages of a test do beside their work: wait, count, die. */
export type Beside = (stage: string, n: number) => Promise<unknown>

/** Three stages as a pipeline of video has them: one makes bytes, one reads them, one sorts out every seventh. */
export const threeStages = (beside: Beside = async () => {}, frameBytes = 3) => {
  const version = '1'
  const decode = lifted({
    ...{ name: 'decode', version, input: numbered, output: withFrames, item: nameOf },
    stage: stage.fromTaskEither({ name: 'decode', item: nameOf }, ({ n }: Numbered) =>
      TE.fromTask(async () => {
        await beside('decode', n)
        return { n, frames: new Uint8Array(frameBytes).fill(n % 256) }
      }),
    ),
  })
  const annotate = lifted({
    ...{ name: 'annotate', version, input: withFrames, output: withText, item: nameOf },
    stage: stage.fromTaskEither({ name: 'write', item: nameOf }, ({ n, frames }: t.TypeOf<typeof withFrames>) =>
      TE.fromTask(async () => {
        await beside('annotate', n)
        return { n, text: `${n}: ${frames.at(-1)}` }
      }),
    ),
  })
  const judge = lifted({
    ...{ name: 'judge', version, input: withText, output: withText, item: nameOf },
    stage: stage.fromTaskEither({ name: 'judge', item: nameOf }, (item: WithText) => async () => {
      await beside('judge', item.n)
      return item.n % 7 === 3 ? E.left(fault('Insufficient', `${item.n} is not enough`, 'Leave it')) : E.right(item)
    }),
  })
  return { decode, annotate, judge, all: [decode, annotate, judge] }
}

/** What the three stages make of n, wherever they run. */
export const expected = (n: number): string => (n % 7 === 3 ? 'judge Insufficient' : `${n}: ${n % 256}`)

/** An output as a line. */
export const lineOf = (item: Item<WithText>): string =>
  E.isRight(item) ? item.right.text : `${item.left.stage} ${item.left.fault._tag}`

/** One stage that does something with a number. */
export const oneStage = (
  work: (n: number, signal: AbortSignal) => Promise<number>,
  { name = 'work', version = '1' } = {},
): Lifted<Numbered, Numbered> =>
  lifted({
    ...{ name, version, input: numbered, output: numbered, item: nameOf },
    stage: stage.fromTaskEither({ name, item: nameOf }, ({ n }: Numbered, signal) =>
      TE.fromTask(async () => ({ n: await work(n, signal) })),
    ),
  })

/** Opens a run, or fails the test. */
export const opened = async (transport: Transport, run: string, inFlight = 8): Promise<RemoteRun> => {
  const given = await openRemote(transport, { run, inFlight })()
  if (E.isLeft(given)) throw new Error(given.left.cause)
  return given.right
}

export const upTo = (count: number): readonly Numbered[] => Array.from({ length: count }, (_, n) => ({ n }))

const read = async <B>(source: Observable<Item<B>>): Promise<readonly Item<B>[]> => {
  const outputs: Item<B>[] = []
  for await (const item of iterate(source)) outputs.push(item)
  return outputs
}

/** What one stage makes of the numbers up to a count, in order; failures by their tag. */
export const numbers = async (run: RemoteRun, work: Lifted<Numbered, Numbered>, of: Iterable<Numbered>, inFlight = 8) =>
  (await read(within(gate({ inFlight }), remote(run, work))(of))).map(item =>
    E.isRight(item) ? item.right.n : item.left.fault._tag,
  )

/** What the three stages make of the numbers, as lines. */
export const lines = async (
  run: RemoteRun,
  { decode, annotate, judge }: ReturnType<typeof threeStages>,
  of: Iterable<Numbered>,
  inFlight = 8,
) => (await read(within(gate({ inFlight }), remote(run, decode, annotate, judge))(of))).map(lineOf)

/** A transport as a process has it that can be killed: from then on nothing that it does has any effect. */
export const mortal = (transport: Transport) => {
  const death = new AbortController()
  const dead = (): boolean => death.signal.aborted
  const never = new Promise<never>(() => {})
  const cut =
    <Args extends readonly unknown[], A, L>(verb: (...args: Args) => TE.TaskEither<L, A>) =>
    (...args: Args): TE.TaskEither<L, A> =>
    () =>
      dead() ? never : verb(...args)().then(given => (dead() ? never : given))
  const mortalTransport: Transport = {
    ...transport,
    publish: cut(transport.publish),
    find: cut(transport.find),
    putBlob: cut(transport.putBlob),
    getBlob: cut(transport.getBlob),
    async *consume(queue, signal, told) {
      for await (const delivery of transport.consume(queue, AbortSignal.any([signal, death.signal]), told)) {
        if (dead()) return delivery.again()
        const unlessDead = (say: () => void) => () => void (dead() || say())
        yield {
          ...delivery,
          working: unlessDead(delivery.working),
          ack: unlessDead(delivery.ack),
          again: unlessDead(delivery.again),
        }
      }
    },
  }
  return { transport: mortalTransport, kill: () => death.abort(), dead }
}
