import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { either as E } from 'fp-ts'
import { loadConfig, readOverride, workOfConfig } from 'kinograd/recipe'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { initCommand } from '../../src/cli/init/command.ts'
import { workerCommand } from '../../src/cli/worker.ts'
import { kinograd } from '../recipe/config/command.ts'
import { kinogradHere } from '../recipe/config/command-here.ts'
import { hasNats, startNats } from './nats-server.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const config = `name: My chains, 2nd
records: first/questions.jsonl
media: { root: first, frames: 4 }
teacher: scripted:first/chains.jsonl
judge: scripted
annotation: {}
`
let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kinograd-worker-'))
  await kinogradHere(initCommand)(['init', 'first'], folder)
  await writeFile(join(folder, 'config.yaml'), config)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** A configuration's work, with some settings in place of its own. */
const workOf = async (...sets: readonly string[]) => {
  const overrides = sets.map(readOverride).flatMap(read => (E.isRight(read) ? [read.right] : []))
  const loaded = await loadConfig('config.yaml', { cwd: folder, overrides })()
  if (E.isLeft(loaded)) throw new Error(loaded.left.cause)
  const work = await workOfConfig(loaded.right, { stages: ['judge', 'decode'], directory: join(folder, 'w') })()
  if (E.isLeft(work)) throw new Error(work.left.cause)
  return { run: work.right.run, stages: work.right.stages.map(({ name, version }) => ({ name, version })) }
}

describe.skipIf(!hasNats)('kinograd worker (skipped: no nats-server)', () => {
  test('does the chains of a run, which are those that it would make itself', async () => {
    const server = await startNats()
    const flags = ['--stage', 'decode, annotate,judge', '--nats', server.url, '--in-flight', '3']
    const worker = spawn(process.execPath, [join(root, 'dist/cli/main.js'), 'worker', ...flags], { cwd: folder })
    let said = ''
    for (const stream of [worker.stdout, worker.stderr])
      stream.on('data', piece => {
        said += piece
      })
    const gone = new Promise<number | null>(done => worker.once('exit', done))
    try {
      const setting = ['--set', `annotation.workers=${server.url}`]
      const [alone, elsewhere] = await Promise.all([
        kinograd(['run', 'config.yaml', '--out', 'alone'], { cwd: folder }),
        kinograd(['run', 'config.yaml', '--out', 'elsewhere', ...setting], { cwd: folder }),
      ])
      expect([alone.code, elsewhere.code, elsewhere.err]).toEqual([0, 0, ''])
      expect(elsewhere.out).toContain('Chains: 12 written, 10 with the right answer, 9 kept.')
      const chains = (out: string) => readFile(join(folder, out, 'cot.jsonl'), 'utf8')
      expect(await chains('elsewhere')).toBe(await chains('alone'))
      worker.kill('SIGINT')
      expect(await gone).toBe(0)
      expect(said).toContain('decode, annotate, judge for run My-chains-2nd by NATS at 127.0.0.1:')
      expect(said).toContain('36 done, 0 done before, 0 dead letters')
    } finally {
      worker.kill('SIGKILL')
      await server.close()
    }
  }, 180_000)
})

describe('the work of a configuration', () => {
  test('has a version by what decides the chains, and a name that subjects can hold', async () => {
    const own = await workOf()
    expect(own.run).toBe('My-chains-2nd')
    expect(own.stages.map(({ name }) => name)).toEqual(['decode', 'judge'])
    expect(await workOf('annotation.inFlight=9', 'annotation.workers=nats://127.0.0.1:1', 'seed=4')).toEqual(own)
    for (const set of [
      'media.frames=3',
      'annotation.threshold=0.5',
      'template.processes={ perception: observation, reasoning: answer }',
    ])
      expect((await workOf(set, 'prompt=question')).stages[0]?.version, set).not.toBe(own.stages[0]?.version)
    const long = { nats: 'nats://127.0.0.1:1', run: 'other', credentials: 'who.creds', ca: 'ca.pem' }
    expect((await workOf(`annotation.workers=${JSON.stringify(long)}`)).run).toBe('other')
  })

  test.each([
    [[], /--stage is missing.*decode, annotate, judge/],
    [['--stage', 'decode,anotate'], /--stage is decode,anotate.*Did you mean annotate\?/],
    [['--stage', 'judge'], /--nats is missing/],
    [['--stage', 'judge', '--nats', 'nats://me:hunter2@127.0.0.1'], /BadAddress|holds a user or a password/],
    [['--stage', 'judge', '--nats', 'nats://127.0.0.1:9', '--config', 'none.yaml'], /none\.yaml/],
  ])('%j is told and does nothing', async (args, words) => {
    const { code, out, err } = await kinogradHere(workerCommand)(['worker', ...args], folder)
    expect([code, out]).toEqual([2, ''])
    expect(err).toMatch(words)
    expect(err).not.toContain('hunter2')
  })
})

describe('examples/cluster', () => {
  test('changes two settings of a run, and both are right', async () => {
    const { services } = parse(await readFile(join(root, 'examples/cluster/compose.yaml'), 'utf8'))
    const command: readonly string[] = services.run.command
    const sets = command.filter((_, i) => command[i - 1] === '--set')
    expect(sets.map(set => set.split('=')[0])).toEqual(['annotation.workers', 'policy'])
    const overrides = sets.map(readOverride).flatMap(read => (E.isRight(read) ? [read.right] : []))
    const loaded = await loadConfig('first/config.yaml', { cwd: folder, overrides })()
    // The folder of the model is made by who starts it.
    expect(E.isLeft(loaded) ? JSON.stringify(loaded.left) : '').toMatch(/^$|tokenizer/)
    expect(services.worker.command.slice(0, 5)).toEqual([
      'worker',
      '--config',
      'first/config.yaml',
      '--stage',
      'decode,annotate,judge',
    ])
  })
})
