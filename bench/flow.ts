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

const small = { count: 100_000, width: 8 }
const big = { count: 2_000, width: 32, bytes: 2 ** 20 }

/** The quicker of two runs: the machine may be busy with something else. */
const quicker = async (who: string): Promise<Result> => {
  const first = await contest(who, 'small', small.count, small.width)
  const second = await contest(who, 'small', small.count, small.width)
  return first.seconds < second.seconds ? first : second
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
  const ours = await quicker('ours')
  const chained = await quicker('oursChained')
  const fresh = await measured('ours', 'big')
  const recycled = await measured('ours', 'recycled')
  for (const [who, name] of Object.entries(peers)) {
    const quick = await quicker(who)
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
