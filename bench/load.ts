import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { either as E } from 'fp-ts'
import { type Case, loaded } from './memory/case.ts'
import { measured, predicted, rowsOf } from './memory/measure.ts'
import { writeRandomCheckpoint } from './memory/random-checkpoint.ts'
import { findPython, runPython } from './peers/python.ts'
import type { Bench, Row } from './row.ts'

/** Processor seconds and resident bytes of safetensors in Python on the same files, or why there are none. */
const inPython = async (
  folder: string,
): Promise<E.Either<string, { readonly seconds: number; readonly bytes: number }>> => {
  const python = await findPython(['torch', 'safetensors'])
  if (E.isLeft(python)) return python
  const script = fileURLToPath(new URL('../../bench/peers/load.py', import.meta.url))
  const said = await runPython(python.right, script, [folder], { timeoutSeconds: 600 })
  return E.map((found: unknown) => found as { readonly seconds: number; readonly bytes: number })(said)
}

/** Rows of one case, whose checkpoint is made, loaded by both sides, and removed. */
export const loadedRows = async (one: Case, peers: boolean, only = false): Promise<readonly Row[]> => {
  const folder = await mkdtemp(join(tmpdir(), 'kinograd-load-'))
  try {
    const bytes = await writeRandomCheckpoint(folder, one.config)
    console.log(`${one.name}: ${(bytes / 1e9).toFixed(2)} GB of weights`)
    const theirs = peers ? await inPython(folder) : E.left('run with --peers')
    if (E.isLeft(theirs)) console.log(`no peer: ${theirs.left}`)
    const found = await measured(one, folder, only)
    const load = found.phases.find(({ name }) => name === 'load')
    const ours = load?.processorSeconds ?? Number.NaN
    const peer = E.isRight(theirs) ? theirs.right : undefined
    return [
      ...rowsOf(one, predicted(one), found),
      {
        case: '  load, processor time',
        ours,
        peer: peer?.seconds ?? null,
        peerName: peer === undefined ? null : 'safetensors.torch',
        ratio: peer === undefined ? null : ours / peer.seconds,
        unit: 's',
      },
      {
        case: '  load, peak over what was there before',
        ours: ((load?.bytes ?? Number.NaN) - found.before) / bytes,
        peer: peer === undefined ? null : peer.bytes / bytes,
        peerName: peer === undefined ? null : 'safetensors.torch',
        ratio: null,
        unit: '× weights',
      },
    ]
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/**
 * `npm run bench -- load ["47 M"] [only] [--peers]`: a random BF16 checkpoint of Qwen2.5-VL's shape is written shard by shard, loaded in a fresh process
 * and kept as it is under an adapter; then one update, a save and a load. Resident memory of each phase beside what `predictMemory` says,
 * processor time of loading beside safetensors in Python. With `only`, loading alone.
 */
export const bench: Bench = async ({ peers, rest }) => {
  const rows: Row[] = []
  const [only, names] = [rest.includes('only'), rest.filter(word => word !== 'only')]
  for (const one of loaded.filter(({ name }) => names.length === 0 || names.some(word => name.startsWith(word))))
    rows.push(...(await loadedRows(one, peers, only)))
  return rows
}
