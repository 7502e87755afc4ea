import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { either as E } from 'fp-ts'
import { exitCodeOf, interruptible, openRun, requireMemory, whenClosed } from 'kinograd/run'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const at = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url))
const main = at('build/examples/videop2r/main.js')
const command = at('dist/cli/main.js')

/** How a shell command ended, and all that it said. */
const ended = (line: string): Promise<{ readonly code: number | null; readonly said: string }> =>
  new Promise(resolve => {
    const child = spawn('bash', ['-o', 'pipefail', '-c', line], { stdio: ['ignore', 'pipe', 'pipe'], timeout: 120_000 })
    let said = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (text: Buffer) => {
        said += text.toString()
      })
    child.once('close', code => resolve({ code, said }))
  })

let root = ''
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'kinograd-limits-'))
})
afterAll(() => rm(root, { recursive: true }))

describe.skipIf(!existsSync(main) || process.platform !== 'linux')(
  'limits (skipped: not built)',
  { timeout: 180_000 },
  () => {
    const job = () => `node ${main} --preset quick --backend wasm --out ${join(root, 'run')}`

    test.each([
      ['a heap of 40 MB', () => job().replace('node', 'node --max-old-space-size=40'), 'MB, 150 MB are needed'],
      ['2 GB of addresses', () => `ulimit -v 2000000; ${job()}`, 'MB of addresses and 12288 MB are needed'],
    ])('%s: one line, and 3', async (_, line, text) => {
      const { code, said } = await ended(line())
      expect([code, said.trim().split('\n').length]).toEqual([3, 1])
      expect(said).toContain(text)
      expect(existsSync(join(root, 'run'))).toBe(false)
    })

    test('a closed pipe ends a command quietly', async () => {
      const opened = await openRun({ directory: join(root, 'shown'), config: { a: 1 }, resume: false })()
      if (E.isLeft(opened)) throw new Error(opened.left.cause)
      const failure = { phase: 'p', stage: 's', tag: 'T', cause: 'c'.repeat(500), remedy: 'r' }
      for (let n = 0; n < 400; n++) await opened.right.failure({ ...failure, item: String(n) })()
      await opened.right.close()
      const shown = await ended(
        `node ${command} inspect ${join(root, 'shown')} --failures --limit 400 | head -1 | cut -c1-5`,
      )
      expect(shown).toEqual({ code: 0, said: 'p, s,\n' })
    })

    test('the job stops quietly when whoever reads it has gone, with the code of an interrupted run', async () => {
      const { code, said } = await ended(`${job()} | true`)
      expect([code, said]).toEqual([130, ''])
    })
  },
)

test('memory that is there is not refused', () => {
  const limits = { heap: 4e9, addresses: Number.POSITIVE_INFINITY }
  expect(requireMemory({ heap: 1e8, addresses: 1e10 }, limits)).toEqual(E.right(undefined))
  const refused = requireMemory({ heap: 1e8, addresses: 1e10 }, { ...limits, addresses: 1e9 })
  expect(E.isLeft(refused) && [refused.left._tag, exitCodeOf(refused.left)]).toEqual(['NoMemory', 3])
})

test('a closed pipe stops as Ctrl-C does, and nothing is said; other errors of a stream are thrown', () => {
  const said: string[] = []
  const source = { on: () => {}, off: () => {}, exit: () => {} }
  const { signal, quietly, quiet } = interruptible({ resumeWith: 'x', say: text => said.push(text), source })
  const stream = new PassThrough()
  whenClosed(stream, quietly)
  stream.emit('error', Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))
  expect([signal.aborted, quiet(), said]).toEqual([true, true, []])
  expect(() => stream.emit('error', new Error('another'))).toThrow('another')
})
