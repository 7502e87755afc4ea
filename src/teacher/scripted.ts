import { either as E, function as F, option as O, type taskEither as TE } from 'fp-ts'
import * as t from 'io-ts'
import { readValues, type VideoRecord } from '../dataset/index.ts'
import { type Fault, fault } from '../flow/index.ts'
import { brief } from '../untrusted/index.ts'
import { teacherFault } from './fault.ts'
import type { Annotator, Judge } from './types.ts'

const identified = t.union([
  t.type({ id: t.union([t.string, t.number]) }),
  t.type({ problem_id: t.union([t.string, t.number]) }),
])
const yesOrNo = t.union([t.boolean, t.keyof({ Yes: null, No: null, yes: null, no: null })])
const chainLine = t.intersection([identified, t.type({ output: t.string })])
const verdictLine = t.intersection([
  identified,
  t.type({ sufficient: yesOrNo }),
  t.partial({ observation: t.string, reason: t.string }),
])

const idOf = (line: t.TypeOf<typeof identified>): string => String('id' in line ? line.id : line.problem_id)

/** All lines of a script, in order. Left: the first that is not in its form, and the faults of the file. */
const linesOf =
  <A>(codec: t.Type<A, unknown, unknown>, form: string) =>
  (path: string): TE.TaskEither<Fault, readonly A[]> =>
  async () => {
    const lines: A[] = []
    for await (const placed of readValues(path)) {
      if (E.isLeft(placed)) return placed
      const line = codec.decode(placed.right.value)
      if (E.isLeft(line))
        return E.left(
          fault(
            'BadScript',
            `${placed.right.where} is no line of a script: ${brief(placed.right.value)}`,
            `Write ${form}.`,
          ),
        )
      lines.push(line.right)
    }
    return E.right(lines)
  }

/**
 * An annotator that reads its chains from a file, for trials and for chains that were bought elsewhere: JSON lines of `id`
 * (or `problem_id`) and `output`, so that a published CoT file is a script too. Held in memory. A record that it has no
 * line for is `Refused`. Left: the faults of the file, `BadScript`.
 */
export const scriptedAnnotator = (path: string): TE.TaskEither<Fault, Annotator> =>
  F.pipe(
    linesOf(chainLine, '{"id": "7", "output": "<observation>…</observation>…"}')(path),
    task => async () =>
      E.map((lines: readonly t.TypeOf<typeof chainLine>[]): Annotator => {
        const chains = new Map(lines.map(line => [idOf(line), line.output]))
        return ownChains('scripted', ({ id }) => chains.get(id), path)
      })(await task()),
  )

/** An annotator whose chains code knows: those that stand in the records, or in a map. One that is missing is `Refused`. */
export const ownChains = <R extends VideoRecord>(
  name: string,
  chainOf: (record: R) => string | undefined,
  where = 'the records',
): Annotator<R> => ({
  name,
  annotate:
    ({ record }) =>
    async () =>
      F.pipe(
        O.fromNullable(chainOf(record)),
        E.fromOption(() =>
          teacherFault(
            'Refused',
            `${where}: no chain for record ${record.id}`,
            'Write an "output" for it, or ask a teacher.',
          ),
        ),
      ),
})

/**
 * A judge that reads its verdicts from a file: JSON lines of `id` (or `problem_id`), `sufficient`, and where one record has
 * several observations, `observation`. Held in memory. An observation that it has no line for is `Refused`. Left: the
 * faults of the file, `BadScript`.
 */
export const scriptedJudge =
  (path: string): TE.TaskEither<Fault, Judge> =>
  async () =>
    E.map((lines: readonly t.TypeOf<typeof verdictLine>[]): Judge => {
      const verdicts = new Map(lines.map(line => [JSON.stringify([idOf(line), line.observation ?? null]), line]))
      return {
        name: 'scripted',
        judge:
          ({ record: { id }, observation }) =>
          async () => {
            const line = verdicts.get(JSON.stringify([id, observation])) ?? verdicts.get(JSON.stringify([id, null]))
            if (line === undefined)
              return E.left(
                teacherFault(
                  'Refused',
                  `${path}: no verdict for record ${id}`,
                  'Write a "sufficient" for it, or ask a judge.',
                ),
              )
            const sufficient = line.sufficient === true || line.sufficient === 'Yes' || line.sufficient === 'yes'
            return E.right({ sufficient, ...(line.reason === undefined ? {} : { reason: line.reason }) })
          },
      }
    })(await linesOf(verdictLine, '{"id": "7", "sufficient": true}')(path)())

/** What a text is compared by: letters and digits alone, in small letters. */
const bare = (text: string): string =>
  ` ${text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}.]+/gu, ' ')
    .replace(/\.(?=\s|$)/g, '')} `

/** What an option says, without its letter. */
const optionText = ({ options, answer }: VideoRecord): string =>
  options.find(option => option.trimStart().startsWith(`${answer}.`))?.replace(/^\s*\S+\s*/, '') ?? answer

/** A rule in place of a judge, for trials: an observation is enough where it holds the answer's words one after the other. */
export const answerInObservation: Judge = {
  name: 'scripted',
  judge:
    ({ record, observation }) =>
    async () =>
      E.right({ sufficient: bare(observation).includes(bare(optionText(record))) }),
}
