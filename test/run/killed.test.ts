import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { either as E, taskEither as TE } from 'fp-ts'
import * as t from 'io-ts'
import { metricRow, openRun, phase, readRows } from 'kinograd/run'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const built = fileURLToPath(new URL('../../dist/run/index.js', import.meta.url))
const fpts = fileURLToPath(new URL('../../node_modules/', import.meta.url))

/** Finishes one phase, then writes metrics for ever; Ctrl-C ends it in order. */
const script = (directory: string) => `
import { interruptible, openRun, phase, exitCodes } from ${JSON.stringify(built)}
import fp from ${JSON.stringify(`${fpts}fp-ts/lib/index.js`)}
import t from ${JSON.stringify(`${fpts}io-ts/lib/index.js`)}
const TE = fp.taskEither
const { signal } = interruptible({ resumeWith: 'npm run x -- --resume', say: console.error })
const run = (await openRun({ directory: ${JSON.stringify(directory)}, config: { seed: 1 }, resume: false })()).right
await phase(run, 'first', t.number, () => TE.right(41))()
await phase(run, 'second', t.number, () => async () => {
  for (let step = 0; !signal.aborted; step++) {
    await run.metrics({ phase: 'second', step, values: { reward: step } })()
    await new Promise(setImmediate)
  }
  return { _tag: 'Left', left: { _tag: 'Cancelled', cause: 'cancelled', remedy: '' } }
})()
await run.close()
process.exitCode = exitCodes.interrupted.code
`

let root = ''
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'kinograd-killed-'))
})
afterEach(() => rm(root, { recursive: true }))

const started = async (directory: string): Promise<ChildProcess> => {
  await writeFile(join(root, 'child.mjs'), script(directory))
  const child = spawn(process.execPath, [join(root, 'child.mjs')], { stdio: ['ignore', 'ignore', 'pipe'] })
  const metrics = join(directory, 'metrics.jsonl')
  for (;;) {
    const size = await stat(metrics).then(
      found => found.size,
      () => 0,
    )
    if (size > 2000 || child.exitCode !== null) return child
    await new Promise(resolve => setTimeout(resolve, 5))
  }
}
const ended = (child: ChildProcess) => new Promise<number | null>(resolve => child.once('exit', resolve))

describe.skipIf(!existsSync(built))('a process (skipped: not built)', () => {
  it('killed in the middle of a phase leaves a run that can be resumed', async () => {
    const directory = join(root, 'run')
    const child = await started(directory)
    const gone = ended(child)
    child.kill('SIGKILL')
    await gone
    const opened = await openRun({ directory, config: { seed: 1 }, resume: true })()
    if (E.isLeft(opened)) throw new Error(opened.left.cause)
    const run = opened.right
    const never = () => TE.fromIO((): number => expect.unreachable('the first phase was finished'))
    expect(await phase(run, 'first', t.number, never)()).toEqual(E.right(41))
    const again = () => TE.map(() => 1)(run.metrics({ phase: 'second', step: 0, values: { reward: 5 } }))
    expect(await phase(run, 'second', t.number, again)()).toEqual(E.right(1))
    await run.close()
    const rows = await readRows(metricRow, join(directory, 'metrics.jsonl'))()
    expect(E.isRight(rows) && rows.right.map(row => row.values.reward)).toEqual([5])
  })

  it('interrupted ends in order: 130, how to resume, no lock left', async () => {
    const directory = join(root, 'run')
    const child = await started(directory)
    let said = ''
    child.stderr?.on('data', piece => {
      said += piece
    })
    const gone = ended(child)
    child.kill('SIGINT')
    expect(await gone).toBe(130)
    expect(said).toContain('npm run x -- --resume')
    expect(existsSync(join(directory, 'lock'))).toBe(false)
    expect((await readFile(join(directory, 'metrics.jsonl'), 'utf8')).endsWith('\n')).toBe(true)
  })
})
