import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Result } from './flow/contest.ts'
import type { Bench, Row } from './row.ts'

const run = promisify(execFile)
const script = fileURLToPath(new URL('./flow/run.js', import.meta.url))

/** Runs a contestant in a process of its own. */
const contest = async (who: string, kind: string, count: number, width: number, bytes = 0): Promise<Result> => {
  const { stdout } = await run(process.execPath, [script, who, kind, `${count}`, `${width}`, `${bytes}`])
  const result = JSON.parse(stdout) as Result
  if (result.items !== count) throw new Error(`${who}, ${kind}: ${result.items} of ${count} items arrived`)
  return result
}

const peers = {
  rxjs: 'rxjs mergeMap',
  effect: 'Effect Stream.mapEffect',
  ix: 'IxJS flatMap',
  readable: 'Readable.map',
} as const

const tiny = { count: 100_000, width: 8 }
const big = { count: 2_000, width: 32, bytes: 2 ** 20 }

/** The quickest of three rounds in which everybody runs in turn: the machine may be busy with something else. */
const small = async (whos: readonly string[]): Promise<ReadonlyMap<string, Result>> => {
  const best = new Map<string, Result>()
  for (let round = 0; round < 3; round += 1)
    for (const who of whos) {
      const result = await contest(who, 'small', tiny.count, tiny.width)
      if (result.seconds < (best.get(who)?.seconds ?? Number.POSITIVE_INFINITY)) best.set(who, result)
    }
  return best
}

interface Big extends Result {
  /** Peak memory above that of the same run with empty items, as a multiple of bound × item size. */
  readonly overBound: number
}

const measured = async (who: string, kind: string): Promise<Big> => {
  const empty = await contest(who, kind, big.count, big.width, 0)
  const full = await contest(who, kind, big.count, big.width, big.bytes)
  return { ...full, overBound: (full.peakRssBytes - empty.peakRssBytes) / (big.width * big.bytes) }
}

const rate = (result: Result): number => result.items / result.seconds

/** More is better for rates, less is better for everything that is held. */
const row = (name: string, unit: string, ours: number, peer: number, peerName: string, more: boolean): Row => ({
  case: name,
  ours,
  peer,
  peerName,
  ratio: more ? ours / peer : peer / ours,
  unit,
})

/**
 * The flow core against plain RxJS, Effect, IxJS and Node's streams: 100,000 small items through five stages at a width
 * of 8, and 2,000 items of 1 MiB with a slow reader at a width of 32. Every contestant runs the same work in a process of
 * its own, composed as its documentation advises. Peak memory is that of the process.
 */
export const bench: Bench = async () => {
  const rows: Row[] = []
  const results = await small(['ours', 'oursChained', ...Object.keys(peers)])
  const quickest = (who: string): Result => {
    const result = results.get(who)
    if (result === undefined) throw new Error(`${who} did not run`)
    return result
  }
  const ours = quickest('ours')
  const chained = quickest('oursChained')
  const fresh = await measured('ours', 'big')
  const recycled = await measured('ours', 'recycled')
  for (const [who, name] of Object.entries(peers)) {
    const quick = quickest(who)
    const theirs = await measured(who, 'big')
    const again = await measured(who, 'recycled')
    rows.push(
      row('small: one scope, five stages', 'items/s', rate(ours), rate(quick), name, true),
      row('small: five scopes in a row', 'items/s', rate(chained), rate(quick), name, true),
      row('small: most alive', 'items', ours.peakAlive, quick.peakAlive, name, false),
      row('big: slow reader', 'items/s', rate(fresh), rate(theirs), name, true),
      row('big: most alive (bound 32)', 'items', fresh.peakAlive, theirs.peakAlive, name, false),
      row('big: memory, buffers recycled', '× bound', recycled.overBound, again.overBound, name, false),
      row('big: memory, fresh buffers', '× bound', fresh.overBound, theirs.overBound, name, false),
    )
  }
  return rows
}
