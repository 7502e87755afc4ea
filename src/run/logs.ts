import { rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { type Digest, digestOf, sha256Of } from './digest.ts'
import { cannotWrite, isMissing, type RunFault, runFault } from './fault.ts'
import { type Log, openLog } from './log.ts'
import type { Marker } from './marker.ts'
import { dropPartialLine } from './partial-line.ts'
import { copyWithout } from './rows-of-phase.ts'

/** The logs that every run has; each of their rows names its phase. */
const common = ['metrics.jsonl', 'rollouts.jsonl', 'failures.jsonl'] as const
/** A log that every run has. */
export type LogName = (typeof common)[number]

/** What every log holds, and whose it is where one phase alone writes it. */
export type Positions = Marker['logs']

/** All logs of a run folder. */
export interface Logs {
  readonly append: (name: string, rows: readonly unknown[], phase?: string) => TE.TaskEither<RunFault, void>
  readonly positions: () => Positions
  /** Cuts all logs to what they held; `BadLog` where one does not begin with that. */
  readonly rewind: (to: Positions) => TE.TaskEither<RunFault, void>
  /** Sees to it that all logs are on the disk. `BadLog` where somebody else changed one. */
  readonly sync: TE.TaskEither<RunFault, void>
  /**
   * Prepares logs without the rows of a phase, and says what they will hold. `put` puts them in place: between the two a marker says
   * that they are to be there.
   */
  readonly without: (
    phase: string,
  ) => TE.TaskEither<RunFault, { readonly positions: Positions; readonly put: TE.TaskEither<RunFault, void> }>
}

const nothing: Digest = { bytes: 0, sha256: sha256Of('') }

const nextOf = (path: string): string => `${path}.next`

/** The fault of a log that is not as it was written. */
export const badLog = (path: string, wrong: string): RunFault =>
  runFault('BadLog', `${path} ${wrong}`, 'Put it back as it was, or start a new run with another --out.')

/** Puts a log in place that was prepared and is the one that the newest marker vouches for; takes away any other. */
const settle = async (path: string, vouched: Digest | undefined): Promise<void> => {
  const next = nextOf(path)
  const there = await digestOf(next).catch((error: unknown) => {
    if (isMissing(error)) return undefined
    throw error
  })
  if (there === undefined) return
  if (vouched !== undefined && there.sha256 === vouched.sha256) await rename(next, path)
  else await rm(next)
}

/** Opens the logs of a folder, those that the newest marker knows among them. Reads each once. */
export const openLogs = (directory: string, vouched: Positions): TE.TaskEither<RunFault, Logs> =>
  TE.tryCatch(async () => {
    const open = new Map<string, Log>()
    const owners = new Map<string, string>()
    const pathOf = (name: string): string => join(directory, name)
    for (const name of new Set([...common, ...Object.keys(vouched)])) {
      await settle(pathOf(name), vouched[name])
      await dropPartialLine(pathOf(name))
      open.set(name, await openLog(pathOf(name)))
      const owner = vouched[name]?.phase
      if (owner !== undefined) owners.set(name, owner)
    }
    return logsOf(pathOf, open, owners)
  }, cannotWrite(directory))

const entry = (digest: Digest, phase: string | undefined): Positions[string] =>
  phase === undefined ? digest : { ...digest, phase }

const logsOf = (pathOf: (name: string) => string, open: Map<string, Log>, owners: Map<string, string>): Logs => {
  const logOf = async (name: string): Promise<Log> => {
    const known = open.get(name)
    if (known !== undefined) return known
    // No marker knows it: it is what a phase wrote that now begins anew.
    await rm(pathOf(name), { force: true })
    const log = await openLog(pathOf(name))
    open.set(name, log)
    return log
  }
  const positions = (): Positions =>
    Object.fromEntries([...open].map(([name, log]) => [name, entry(log.position(), owners.get(name))]))
  /** Does something with each log, one after the other; what one says is wrong is the answer. */
  const each =
    (work: (log: Log, name: string) => Promise<string | undefined>): TE.TaskEither<RunFault, void> =>
    () =>
      F.pipe(
        [...open],
        TE.traverseSeqArray(([name, log]) =>
          F.pipe(
            TE.tryCatch(() => work(log, name), cannotWrite(pathOf(name))),
            TE.flatMapEither(wrong => (wrong === undefined ? E.right(undefined) : E.left(badLog(pathOf(name), wrong)))),
          ),
        ),
        TE.map(() => undefined),
      )()
  return {
    append: (name, rows, phase) =>
      TE.tryCatch(
        async () => {
          if (phase !== undefined && !owners.has(name)) owners.set(name, phase)
          const log = await logOf(name)
          await log.append(rows.map(row => `${JSON.stringify(row)}\n`).join(''))
        },
        cannotWrite(pathOf(name)),
      ),
    positions,
    rewind: to => each((log, name) => log.rewind(to[name] ?? nothing)),
    sync: each(log => log.sync()),
    without: phase => async () => {
      const prepared = new Map<string, Digest>()
      const made = await each(async (_, name) => {
        const path = pathOf(name)
        const owned = owners.get(name) === phase
        if (owned) await writeFile(nextOf(path), '')
        if (owned || (!owners.has(name) && (await copyWithout(path, nextOf(path), phase))))
          prepared.set(name, await digestOf(nextOf(path)))
        return undefined
      })()
      if (E.isLeft(made)) return made
      const now = Object.entries(positions()).map(([name, held]) => [name, { ...held, ...prepared.get(name) }] as const)
      const put = each(async (_, name) => {
        if (!prepared.has(name)) return undefined
        await rename(nextOf(pathOf(name)), pathOf(name))
        open.set(name, await openLog(pathOf(name)))
        return undefined
      })
      return E.right({ positions: Object.fromEntries(now), put })
    },
  }
}
