import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { either as E, taskEither as TE } from 'fp-ts'
import { lockHolder } from '../../dataset/index.ts'
import type { RunFault } from '../fault.ts'
import { markerFolder } from '../marker.ts'
import type { Collector } from '../read-rows.ts'
import { curvesByPhase, type PhaseCurves } from '../report/curves.ts'
import { failuresByKind, loadFrame, type RunFrame, rolloutsAndGroups, sectionsFile, unreadOf } from '../report/load.ts'
import type { RunRecord } from '../report/record.ts'
import { failureRow, type MetricRow, metricRow, rolloutRow } from '../rows.ts'
import { type Pace, pace } from './pace.ts'
import { tail } from './tail.ts'

/** `finished`: it has a summary · `running`: a process has its lock · `elsewhere`: one of another machine has · `stopped`: none has. */
export type RunState = 'finished' | 'running' | 'elsewhere' | 'stopped'

/** A run folder that is read as it grows. */
export interface Follower {
  /** Reads what is new. `anew`: a log was cut, and what was known of it is not any more. */
  readonly read: () => Promise<{ readonly changed: boolean; readonly anew: boolean }>
  /** Whether its process lives; asked each time. */
  readonly state: () => Promise<RunState>
  /** All that is known, as a page shows it. */
  readonly record: () => { readonly record: RunRecord; readonly pace: Pace | undefined }
}

const metricsSoFar = (): Collector<
  MetricRow,
  { readonly curves: readonly PhaseCurves[]; readonly pace: Pace | undefined }
> => {
  const [curves, speed] = [curvesByPhase(), pace()]
  return {
    add: row => {
      curves.add(row)
      speed.add(row)
    },
    all: () => ({ curves: curves.all(), pace: speed.all() }),
  }
}

/** Times and sizes of the files beside the logs: as long as these stay, so do the files. */
const signatureOf = async (directory: string): Promise<string> => {
  const paths = [
    ...['config.json', 'summary.json', sectionsFile].map(name => join(directory, name)),
    markerFolder(directory),
  ]
  const about = await Promise.all(paths.map(path => stat(path).catch(() => undefined)))
  return about.map(one => `${one?.mtimeMs} ${one?.size}`).join(';')
}

const stateOf = async (directory: string, { summary }: RunFrame): Promise<RunState> => {
  if (summary !== undefined) return 'finished'
  const holder = await lockHolder(join(directory, 'lock'))
  return holder === undefined || holder.ended ? 'stopped' : holder.elsewhere ? 'elsewhere' : 'running'
}

const following = (directory: string, first: RunFrame): Follower => {
  const metrics = tail(metricRow, join(directory, 'metrics.jsonl'), metricsSoFar)
  const rollouts = tail(rolloutRow, join(directory, 'rollouts.jsonl'), rolloutsAndGroups)
  const failures = tail(failureRow, join(directory, 'failures.jsonl'), failuresByKind)
  const tails = [metrics, rollouts, failures]
  let frame = first
  let unread: readonly string[] = []
  let signature = ''
  /** Reads the files beside the logs; one that is being written or taken away is read the next time. */
  const readFrame = async (): Promise<boolean> => {
    const now = await signatureOf(directory)
    if (now === signature) return false
    const read = await loadFrame(directory)()
    if (E.isLeft(read)) return false
    frame = read.right
    signature = now
    return true
  }
  return {
    read: async () => {
      const framed = await readFrame()
      const news = []
      for (const one of tails) news.push(await one.read())
      unread = await unreadOf(directory)
      return { changed: framed || news.some(({ changed }) => changed), anew: news.some(({ anew }) => anew) }
    },
    state: () => stateOf(directory, frame),
    record: () => {
      const { curves, pace: speed } = metrics.all()
      const all = { ...rollouts.all(), ...failures.all() }
      const said = [...unread, ...tails.flatMap(one => one.wrong())]
      return { record: { ...frame, curves, ...all, unread: said }, pace: speed }
    },
  }
}

/** Follows the logs and files of a run folder. Holds what a page of it holds, however long it is followed. Left: there is no run. */
export const follow = (directory: string): TE.TaskEither<RunFault, Follower> =>
  TE.map((frame: RunFrame) => following(directory, frame))(loadFrame(directory))
