import { open, stat } from 'node:fs/promises'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import * as t from 'io-ts'
import { type Fault, fault, messageOf } from '../../flow/index.ts'
import { wholeLines } from '../../run/index.ts'
import { annotatorNamed } from '../../teacher/index.ts'
import { parseJson } from '../../untrusted/index.ts'
import type { EvaluatedPolicy } from './policy.ts'

const scriptLine = t.intersection([
  t.type({ output: t.string }),
  t.union([t.type({ id: t.union([t.string, t.number]) }), t.type({ problem_id: t.union([t.string, t.number]) })]),
])

const idOf = (line: t.TypeOf<typeof scriptLine>): string => String('id' in line ? line.id : line.problem_id)

/** Where the line of each id stands: bytes from, and how many. */
type Places = ReadonlyMap<string, readonly [from: number, bytes: number]>

/** The place of each line; undefined where the file is not lines of a script alone, or does not end its last one. */
const placesIn = async (path: string): Promise<Places | undefined> => {
  const places = new Map<string, readonly [number, number]>()
  let from = 0
  for await (const { value, end } of wholeLines(path)) {
    const line = scriptLine.decode(value)
    if (E.isLeft(line)) return undefined
    places.set(idOf(line.right), [from, end - from])
    from = end
  }
  return from > 0 && (await stat(path)).size === from ? places : undefined
}

const lineAt = async (path: string, [from, bytes]: readonly [number, number]): Promise<string | undefined> => {
  const file = await open(path, 'r')
  try {
    const buffer = Buffer.alloc(bytes)
    await file.read(buffer, 0, bytes, from)
    const value = parseJson(buffer.toString('utf8'))
    const line = E.isRight(value) ? scriptLine.decode(value.right) : value
    return E.isRight(line) ? line.right.output : undefined
  } finally {
    await file.close()
  }
}

const changed = (path: string): Fault =>
  fault('BadScript', `${path} changed while it was read`, 'Leave the file as it is, and go on with --resume.')

/** Answers out of a file of lines, read when they are asked for. */
const ofLines = (path: string, places: Places): EvaluatedPolicy => ({
  name: 'scripted',
  answer: ({ record: { id } }) => {
    const place = places.get(id)
    if (place === undefined)
      return TE.left(
        fault('Refused', `${path}: no output for record ${id}`, 'Write an "output" for it, or ask a model.'),
      )
    return F.pipe(
      TE.tryCatch(
        () => lineAt(path, place),
        (error): Fault => fault('NoFile', `${path} cannot be read: ${messageOf(error)}`, 'Check the path.'),
      ),
      TE.flatMapEither(output => (output === undefined ? E.left(changed(path)) : E.right(output))),
    )
  },
})

const noFrames = { data: new Uint8Array(0), count: 0, height: 0, width: 0, times: [] }

/** Answers out of a file of any other form, held in memory. */
const ofValues = (path: string): TE.TaskEither<Fault, EvaluatedPolicy> =>
  F.pipe(
    annotatorNamed(`scripted:${path}`),
    TE.map(({ name, annotate }) => ({
      name,
      answer: ({ record, prompt, frames = noFrames }, signal) => annotate({ record, prompt, frames }, signal),
    })),
  )

/**
 * A policy whose outputs stand in a file, for answers that were made elsewhere and for scoring again: JSON lines, or a file of results,
 * of `id` (or `problem_id`) and `output`. Of JSON lines it holds where each stands, of other forms all outputs. A record that has none is
 * `Refused`. Left: the faults of the file, `BadScript`.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { mkdtemp, writeFile } from 'node:fs/promises'
 * import { tmpdir } from 'node:os'
 * import { join } from 'node:path'
 * import { either as E } from 'fp-ts'
 * import { scriptedPolicy } from 'kinograd/evaluation'
 *
 * const path = join(await mkdtemp(join(tmpdir(), 'script-')), 'answers.jsonl')
 * await writeFile(path, '{"id": "1", "output": "<answer>3</answer>"}\n')
 * const policy = await scriptedPolicy(path)()
 * assert(E.isRight(policy) && policy.right.name === 'scripted')
 * ```
 */
export const scriptedPolicy = (path: string): TE.TaskEither<Fault, EvaluatedPolicy> =>
  F.pipe(
    TE.tryCatch(
      () => placesIn(path),
      () => undefined,
    ),
    TE.match(
      () => undefined,
      places => places,
    ),
    task => TE.fromTask<Places | undefined, Fault>(task),
    TE.flatMap(places => (places === undefined ? ofValues(path) : TE.right(ofLines(path, places)))),
  )
