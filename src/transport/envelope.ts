import { either as E } from 'fp-ts'
import * as t from 'io-ts'
import { type Fault, fault, type Item, stageError } from '../flow/index.ts'
import { parseJson } from '../untrusted/index.ts'
import { sha256 } from './names.ts'
import { sortedText } from './plain.ts'
import type { BlobRef } from './transport.ts'

const matching = (name: string, form: RegExp) => t.refinement(t.string, text => form.test(text), name)

const blobRef = t.type({
  name: matching('the name of a blob', /^[\w.-]{1,200}$/),
  sha256: matching('a SHA-256', /^[0-9a-f]{64}$/),
  bytes: t.refinement(t.number, n => Number.isSafeInteger(n) && n >= 0 && n < 2 ** 31, 'a number of bytes'),
})

const base64 = matching('bytes in base64', /^[\w+/]*={0,2}$/)

/** A value on its way: JSON, and its bytes by their places in it: a few come along in base64, many lie elsewhere. */
export interface Wire {
  readonly json: unknown
  readonly inline: Readonly<Record<string, string>>
  readonly blobs: Readonly<Record<string, BlobRef>>
}
const wire = t.type({ json: t.unknown, inline: t.record(t.string, base64), blobs: t.record(t.string, blobRef) })

const task = t.intersection([t.type({ v: t.literal(1), item: t.string, input: wire }), t.partial({ first: t.boolean })])
/** Work of one item. `first`: it was never asked for before in this run, so that no result of it can be there. */
export type Task = Omit<t.TypeOf<typeof task>, 'v'>

const failed = t.type({
  stage: t.string,
  item: t.string,
  fault: t.type({ _tag: t.string, cause: t.string, remedy: t.string }),
})
const result = t.type({ v: t.literal(1), outputs: t.array(t.union([wire, t.type({ failed })])) })

const reading =
  <A>(what: string, codec: t.Decoder<unknown, A>) =>
  (body: string): E.Either<Fault, A> => {
    const value = parseJson(body)
    const read = E.isRight(value) ? codec.decode(value.right) : undefined
    if (read !== undefined && E.isRight(read)) return read
    const why = E.isLeft(value) ? value.left : 'has another form'
    return E.left(fault('BadMessage', `a ${what} of ${body.length} characters ${why}`, 'Look who else writes there.'))
  }

/** Reads a task. Left: `BadMessage`. */
export const readTask: (body: string) => E.Either<Fault, Task> = reading('task', task)

/** Writes a task. */
export const writeTask = (of: Task): string => JSON.stringify({ v: 1, ...of })

const readOutputs = reading('result', result)

/** Reads what came of a task: its outputs, failed or not. Left: `BadMessage`. */
export const readResult = (body: string): E.Either<Fault, readonly Item<Wire>[]> =>
  E.map(({ outputs }: t.TypeOf<typeof result>) =>
    outputs.map(
      (one): Item<Wire> =>
        'failed' in one ? E.left(stageError(one.failed.stage, one.failed.item, one.failed.fault)) : E.right(one),
    ),
  )(readOutputs(body))

/** Writes what came of a task. */
export const writeResult = (outputs: readonly Item<Wire>[]): string =>
  JSON.stringify({
    v: 1,
    outputs: outputs.map(output => {
      if (E.isRight(output)) return output.right
      const { stage, item, fault: why } = output.left
      return { failed: { stage, item, fault: why } }
    }),
  })

/** The key of a piece of work: the same stage, version and input have the same, wherever and whenever they are asked for. */
export const keyOf = (stage: string, version: string, { json, inline, blobs }: Wire, round: number): string => {
  const hashes = [...Object.entries(inline), ...Object.entries(blobs).map(([place, one]) => [place, one.sha256])].sort(
    ([a = ''], [b = '']) => (a < b ? -1 : 1),
  )
  return sha256(sortedText([stage, version, json, hashes, round])).slice(0, 40)
}
