import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { waitedSince } from '../../spent.ts'
import { tiny } from './tiny-job.ts'

const at = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url))
const main = at('build/examples/videop2r/main.js')

/** The main job's phases up to SFT as a process of their own, with a preset of seconds. */
const script = (directory: string): string => `
import { selectBackend } from ${JSON.stringify(at('dist/engine/tfjs/index.js'))}
import { performRecipe } from ${JSON.stringify(at('dist/recipe/index.js'))}
import { exitCodeOf, interruptible } from ${JSON.stringify(at('dist/run/index.js'))}
import { mainJob } from ${JSON.stringify(at('build/examples/videop2r/job.js'))}
const { signal } = interruptible({ resumeWith: 'the job --resume', say: console.error })
await selectBackend({ backend: 'wasm' })()
const preset = ${JSON.stringify({ ...tiny, sft: { ...tiny.sft, steps: 24 } })}
const directory = ${JSON.stringify(join(directory, 'run'))}
const { rl, grading, evaluation, ...upToSft } = (await mainJob({ directory, preset, seed: 5, backend: 'wasm' })()).right.recipe
const ended = await performRecipe(upToSft, { resume: process.argv.includes('--resume'), backend: 'wasm', signal })()
process.exitCode = ended._tag === 'Left' ? exitCodeOf(ended.left) : 0
`

interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly said: string
}

const started = (file: string, args: readonly string[] = []) => {
  const child: ChildProcess = spawn(process.execPath, [file, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (text: Buffer) => {
      said += text.toString()
    })
  const ended = new Promise<Ended>(resolve => child.once('close', (code, signal) => resolve({ code, signal, said })))
  return { child, ended }
}

/** Waits until fine-tuning has made some steps. */
const inSft = async (directory: string, child: ChildProcess): Promise<void> => {
  const steps = async () =>
    (await readFile(join(directory, 'run', 'metrics.jsonl'), 'utf8').catch(() => '')).split('\n').length - 1
  while ((await steps()) < 3 && child.exitCode === null) await new Promise(resolve => setTimeout(resolve, 20))
}

let root = ''
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'kinograd-process-'))
})
afterAll(() => rm(root, { recursive: true }))

describe.skipIf(!existsSync(main))('the job as a process (skipped: not built)', { timeout: 480_000 }, () => {
  const placed = async (name: string): Promise<{ directory: string; file: string }> => {
    const directory = join(root, name)
    await mkdir(directory)
    const file = join(directory, 'job.mjs')
    await writeFile(file, script(directory))
    return { directory, file }
  }
  const done = (directory: string) =>
    readdir(join(directory, 'run', 'phases')).then(names => names.filter(n => n.includes('.done.')).sort())

  test('killed in the middle of SFT, resumed: finished phases are not run again, and it ends', async () => {
    const { directory, file } = await placed('killed')
    const first = started(file)
    await inSft(directory, first.child)
    first.child.kill('SIGKILL')
    expect(await first.ended).toMatchObject({ code: null, signal: 'SIGKILL' })
    const finished = await done(directory)
    expect(finished).toHaveLength(2)
    const kept = await Promise.all(finished.map(name => readFile(join(directory, 'run', 'phases', name), 'utf8')))
    expect(await started(file, ['--resume']).ended).toMatchObject({ code: 0 })
    expect(await done(directory)).toHaveLength(3)
    expect(await Promise.all(finished.map(name => readFile(join(directory, 'run', 'phases', name), 'utf8')))).toEqual(
      kept,
    )
    const steps = (await readFile(join(directory, 'run', 'metrics.jsonl'), 'utf8'))
      .trim()
      .split('\n')
      .map(line => JSON.parse(line).step)
    expect(steps).toEqual(Array.from({ length: 24 }, (_, i) => i))
  })

  // Two whole jobs: the long suite's. Flipped bits of every file are tried in test/run and test/engine.
  test.skipIf(process.env.KINOGRAD_FUZZ_RUNS === undefined)(
    'a flipped bit in the weights is refused by name; with the marker that is named away, it ends as before',
    {
      timeout: 480_000,
    },
    async () => {
      const { directory, file } = await placed('flipped')
      expect(await started(file).ended).toMatchObject({ code: 0 })
      const checkpoint = join(directory, 'run', 'checkpoints', 'sft')
      const weights = join(checkpoint, 'model.safetensors')
      const good = await readFile(weights)
      const bad = Buffer.from(good)
      bad[bad.length - 5] = bad[bad.length - 5]! ^ 4
      await writeFile(weights, bad)
      const loading = `
import { worldPolicy } from ${JSON.stringify(at('build/examples/videop2r/policy.js'))}
import { orDoAgain } from ${JSON.stringify(at('dist/recipe/checkpoint-places.js'))}
import { engineFrom } from ${JSON.stringify(at('dist/recipe/engines.js'))}
import { selectBackend } from ${JSON.stringify(at('dist/engine/tfjs/index.js'))}
await selectBackend({ backend: 'cpu' })()
const policy = (await worldPolicy(${JSON.stringify(join(directory, 'run', 'world', 'tokenizer'))}, 5)()).right
const job = { run: { directory: ${JSON.stringify(join(directory, 'run'))} } }
const loaded = await orDoAgain(job, 'SFT')(engineFrom(policy, 'rl', ${JSON.stringify(checkpoint)}))()
console.log(loaded._tag === 'Left' ? loaded.left.cause + '. ' + loaded.left.remedy : 'loaded')
`
      await writeFile(join(directory, 'load.mjs'), loading)
      const marker = join(directory, 'run', 'phases', 'SFT.done.json')
      const { said } = await started(join(directory, 'load.mjs')).ended
      expect(said).toContain('model.safetensors is not the one saved at step 24')
      expect(said).toContain(`Remove ${marker} and --resume: SFT is then done again.`)
      await rm(marker)
      expect(await started(file, ['--resume']).ended).toMatchObject({ code: 0 })
      expect((await readFile(weights)).equals(good)).toBe(true)
      expect((await started(join(directory, 'load.mjs')).ended).said).toBe('loaded\n')
      const logged = (await readFile(join(directory, 'run', 'metrics.jsonl'), 'utf8')).trim().split('\n')
      expect(logged.map(line => JSON.parse(line).step)).toEqual(Array.from({ length: 24 }, (_, i) => i))
    },
  )

  test('Ctrl-C in the middle of SFT: ends with 130 within 5 s and says how to resume', async () => {
    const { directory, file } = await placed('interrupted')
    const first = started(file)
    await inSft(directory, first.child)
    const from = performance.now()
    first.child.kill('SIGINT')
    const { code, said } = await first.ended
    expect(waitedSince(from)).toBeLessThan(5000)
    expect(code).toBe(130)
    expect(said).toContain('--resume')
    // It was saved just where it stood: what was logged is what the savepoint has.
    const { state } = JSON.parse(await readFile(join(directory, 'run', 'phases', 'SFT.begun.json'), 'utf8'))
    const logged = (await readFile(join(directory, 'run', 'metrics.jsonl'), 'utf8')).trim().split('\n')
    expect(state).toMatchObject({ updates: logged.length, batches: logged.length })
    expect(await started(file, ['--resume']).ended).toMatchObject({ code: 0 })
  })

  test.each([
    ['an unknown flag', ['--presett', 'quick'], 2, '--preset'],
    ['an unknown preset', ['--preset', 'huge'], 2, 'quick'],
    ['a seed that is no number', ['--seed', 'x'], 2, 'seed'],
    ['--help', ['--help'], 0, '--resume'],
  ])('%s', async (_, args, code, text) => {
    const ended = await started(main, args).ended
    expect(ended).toMatchObject({ code })
    expect(ended.said).toContain(text)
  })

  test('a folder that cannot be written', async () => {
    const file = join(root, 'a file')
    await writeFile(file, '')
    const { code, said } = await started(main, ['--preset', 'quick', '--backend', 'wasm', '--out', join(file, 'run')])
      .ended
    expect([1, 3]).toContain(code)
    expect(said).toContain('a file')
    expect(said).not.toContain('    at ')
  })

  test('a folder that holds a run already, without --resume: 4', async () => {
    const { code, said } = await started(main, [
      '--preset',
      'quick',
      '--backend',
      'wasm',
      '--out',
      join(root, 'killed', 'run'),
    ]).ended
    expect(code).toBe(4)
    expect(said).toContain('--resume')
  })
})
