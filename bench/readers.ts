import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { either as E } from 'fp-ts'
import { findPython, type Python, runPython } from './peers/python.ts'
import { generate, recordCount } from './readers/generate.ts'
import type { Bench, Row } from './row.ts'

/** What one run of a case took: processor time of its whole process, and the most memory that was resident. */
interface Took {
  readonly count: number
  readonly seconds: number
  readonly megabytes: number
  readonly peer?: string
}

const run = promisify(execFile)
const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

const isTook = (value: unknown): value is Took =>
  typeof value === 'object' && value !== null && 'count' in value && 'seconds' in value && 'megabytes' in value

/** A case in a Node process of its own. */
const ours = async (work: 'read' | 'pipeline', path: string, out: string): Promise<Took> => {
  const script = here(`./readers/${work}.js`)
  const { stdout } = await run(process.execPath, [script, path, out], { timeout: 900_000 })
  const took: unknown = JSON.parse(stdout.trim().split('\n').at(-1) ?? '')
  if (!isTook(took)) throw new Error(stdout)
  return took
}

/** The same steps in Python, where there is one with ijson. */
const theirs = async (
  python: Python | undefined,
  work: string,
  path: string,
  out: string,
): Promise<Took | undefined> => {
  if (python === undefined) return undefined
  const took = await runPython(python, here('../../bench/peers/readers.py'), [work, path, out], { timeoutSeconds: 900 })
  if (E.isLeft(took)) throw new Error(took.left)
  if (!isTook(took.right)) throw new Error(JSON.stringify(took.right))
  return took.right
}

const row = (name: string, unit: string, our: number, their: number | undefined, peer: string | undefined): Row => ({
  ...{ case: name, ours: our, peer: their ?? null, peerName: peer ?? null, unit },
  ratio: their === undefined ? null : their / our,
})

/**
 * Reads 263,071 records in the form of Video-R1-260k, 251 MB, as an array and one a line, with all checks; and takes them through
 * annotation by a script, verifier, judge and writer. Seconds of processor time of a whole process and peak memory, beside Python with
 * ijson (yajl2_c) and json. A number behind the name takes so many records instead.
 */
export const bench: Bench = async ({ peers, rest }) => {
  const count = Number(rest[0] ?? recordCount)
  const folder = await mkdtemp(join(tmpdir(), 'readers-'))
  const python = peers ? await findPython(['ijson']) : E.left('not asked for')
  if (peers && E.isLeft(python)) console.log(`no peers: ${python.left}`)
  try {
    const [array, lines, out] = ['all.json', 'all.jsonl', 'chains.jsonl'].map(name => join(folder, name))
    const bytes = await generate(array ?? '', 'array', count)
    await generate(lines ?? '', 'lines', count)
    console.log(`${count} records, ${(bytes / 1e6).toFixed(0)} MB as an array`)
    const cases = [
      ['array', 'read', 'read-array', array],
      ['lines', 'read', 'read-lines', lines],
      ['annotate, verify, judge, write', 'pipeline', 'pipeline', lines],
    ] as const
    const rows: Row[] = []
    for (const [name, work, script, path = ''] of cases) {
      const their = await theirs(E.isRight(python) ? python.right : undefined, script, path, `${out}.peer`)
      const our = await ours(work, path, out ?? '')
      if (their !== undefined && their.count !== our.count)
        throw new Error(`${name}: ${our.count} and ${their.count} records`)
      rows.push(row(name, 's of a processor', our.seconds, their?.seconds, their?.peer))
      rows.push(row(`${name}, peak memory`, 'MB', our.megabytes, their?.megabytes, their?.peer))
    }
    return rows
  } finally {
    await rm(folder, { recursive: true })
  }
}
