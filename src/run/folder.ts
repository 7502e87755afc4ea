import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import * as t from 'io-ts'
import { codeOf } from '../flow/index.ts'
import { differences } from './config.ts'
import { readJson, writeWhole } from './durable.ts'
import { cannotRead, isMissing, type RunFault, runFault } from './fault.ts'
import { type Machine, machineCodec, thisMachine } from './machine.ts'

/** How the files of a run folder are written. Another number is another way, which this code does not read. */
const format = 'kinograd run 2'

const identityFile = 'run.json'

const codec = t.readonly(t.type({ format: t.string, machines: t.readonlyArray(machineCodec) }), 'run.json')

/** What a process leaves that is killed before the folder is a run. */
const beginnings = /^(?:lock(?:\..*)?|run\.json(?:\..*)?|config\.json\..*\.tmp)$/

/** Whether a folder holds what a run writes first, before its settings: one that was killed in its first moments holds nothing else. */
export const isBegun = (directory: string): Promise<boolean> =>
  readdir(directory).then(
    names => names.some(name => beginnings.test(name)),
    () => false,
  )

/** Refuses a folder that holds something and is no run: it is not ours to write into. */
export const checkFolder = (directory: string): TE.TaskEither<RunFault, void> =>
  F.pipe(
    TE.tryCatch(
      () =>
        readdir(directory).catch((error: unknown): string[] => {
          if (isMissing(error) || codeOf(error) === 'ENOTDIR') return []
          throw error
        }),
      cannotRead(directory),
    ),
    TE.flatMapEither(names => {
      const strange = names.filter(name => !beginnings.test(name))
      return names.includes('config.json') || strange.length === 0
        ? E.right(undefined)
        : E.left(
            runFault(
              'NotARun',
              `${directory} holds other things and no run: ${strange.slice(0, 3).join(', ')}${strange.length > 3 ? ` and ${strange.length - 3} more` : ''}`,
              'Choose another --out: an empty folder, or one that is not there yet.',
            ),
          )
    }),
  )

const wrongVersion = (directory: string, made: string, now: string, remedy: string): RunFault =>
  runFault('OtherVersion', `${directory} was made by ${made}, and this is ${now}`, remedy)

/**
 * The machines that a run was on, this one last; written down when it is a new one. Left: `OtherVersion` where another version of the
 * package made the folder.
 */
export const enrol = (directory: string, resumed: boolean): TE.TaskEither<RunFault, readonly Machine[]> => {
  const path = join(directory, identityFile)
  const here = thisMachine()
  const { kinograd } = here.versions
  return F.pipe(
    readJson(path, 'Start a new run with another --out.'),
    TE.flatMapEither((saved): E.Either<RunFault, readonly Machine[]> => {
      if (!resumed) return E.right([])
      const decoded = codec.decode(saved)
      const made = E.isRight(decoded) ? decoded.right.machines.at(-1)?.versions.kinograd : undefined
      if (E.isLeft(decoded) || made === undefined || decoded.right.format !== format)
        return E.left(
          wrongVersion(
            directory,
            'another version of kinograd, whose folders have no savepoints that this one reads',
            kinograd,
            'Resume it with the version that made it, or start a new run with another --out.',
          ),
        )
      return made === kinograd
        ? E.right(decoded.right.machines)
        : E.left(
            wrongVersion(
              directory,
              `kinograd ${made}`,
              kinograd,
              `Resume it with kinograd ${made}, or start a new run with another --out.`,
            ),
          )
    }),
    TE.flatMap(machines => {
      const last = machines.at(-1)
      if (last !== undefined && differences(last, here).length === 0) return TE.right(machines)
      const all = [...machines, here]
      return TE.map(() => all)(writeWhole(path, `${JSON.stringify({ format, machines: all }, null, 2)}\n`))
    }),
  )
}
