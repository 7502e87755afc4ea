import { spawn, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import * as t from 'io-ts'
import * as K from 'kinograd'
import { selectBackend, tinyPolicy } from 'kinograd/engine/tfjs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { root, strangersProject } from '../../.ci/stranger.js'
import { measure } from '../measure.ts'
import { packed } from './packed.ts'

/**
 * examples/grounding.ts as a stranger has it: compiled against the packed package, libraries' own types checked too, in a folder that
 * sees only the declared dependencies; run to its end, and killed twice and resumed.
 */

let folder = ''
const inside = (...path: readonly string[]) => join(folder, ...path)
const text = readFileSync(join(root, 'examples/grounding.ts'), 'utf8')

const grounded = t.intersection([K.videoRecord, t.strict({ span: t.tuple([t.number, t.number]) })])
const records = [0, 1, 2, 3, 4, 5].map(
  (n): t.TypeOf<typeof grounded> => ({
    id: String(n),
    problem: 'How many?',
    problemType: 'numerical',
    dataType: 'video',
    options: [],
    answer: String(1 + (n % 3)),
    path: `./${n}.mp4`,
    source: '',
    span: n % 2 === 0 ? [0, 1] : [1, 2],
  }),
)
/** What the policy says before it is reinforced, more or less. */
const taught = ({ answer, span: [from, to] }: t.TypeOf<typeof grounded>) =>
  `<observation>${answer}</observation><when>${from} to ${to}</when><think>so</think><answer>${answer}</answer>`

/** Six clips, the last one cut off; their questions; a tiny policy that has nearly learned the form of an answer. */
const writeData = async (data: string) => {
  mkdirSync(data)
  for (const { path, answer } of records) {
    const frames = Array.from({ length: 8 }, (_, i) => new Uint8Array(56 * 56 * 3).fill(10 * i * Number(answer)))
    K.orThrow(await K.encodeVideo(join(data, path), frames, { width: 56, height: 56, fps: 4 })())
  }
  truncateSync(join(data, '5.mp4'), 300)
  K.orThrow(await K.writeRecords(grounded, join(data, 'questions.jsonl'), records)())
  K.orThrow(await selectBackend({ backend: 'wasm' })())
  const { engine, tokenizer, write } = tinyPolicy({ seed: 1, texts: records.map(taught) })
  const examples = records.map(record => ({
    prompt: K.orThrow(K.promptOf(tokenizer, [{ role: 'user', content: record.problem }])),
    completions: [K.orThrow(tokenizer.encode(`${taught(record)}<|im_end|>`))],
  }))
  for (let step = 0; step < 16; step++) {
    K.orThrow(await engine.forwardBackward(examples, K.sftLoss())())
    K.orThrow(await engine.optimStep(1e-2)())
  }
  K.orThrow(await write(join(data, 'checkpoint'))())
  engine.dispose()
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kinograd-grounding-'))
  mkdirSync(inside('project'))
  strangersProject(inside('project'), (await packed()).tarball, ['@types/node'])
  await writeData(inside('data'))
}, 300_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('at most 70 lines, no type argument, no cast', () => {
  expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(70)
  expect(measure('grounding.ts', text)).toMatchObject({ casts: [], typeArguments: [] })
})

test('compiles in an empty folder, strictly, with the types of all libraries checked', () => {
  cpSync(join(root, 'examples/grounding.ts'), inside('project/grounding.ts'))
  const { extends: _, compilerOptions } = JSON.parse(readFileSync(join(root, 'tsconfig.base.json'), 'utf8'))
  const strict = { ...compilerOptions, skipLibCheck: false, outDir: 'out', rootDir: '.' }
  writeFileSync(inside('project/tsconfig.json'), JSON.stringify({ compilerOptions: strict, files: ['grounding.ts'] }))
  const { stdout } = spawnSync(join(root, 'node_modules/.bin/tsc'), ['-p', '.'], {
    cwd: inside('project'),
    encoding: 'utf8',
    timeout: 120_000,
  })
  expect(stdout).toBe('')
}, 150_000)

test('importing kinograd loads neither TensorFlow.js nor FFmpeg', () => {
  const loaded = `import Module from 'node:module'
    await import('kinograd')
    const paths = Object.keys(Module._cache)
    console.log(paths.length > 0, paths.filter(path => /@tensorflow|node-av/.test(path)))
    await import('kinograd/engine/tfjs')
    console.log(Object.keys(Module._cache).some(path => path.includes('@tensorflow')))`
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', loaded], {
    cwd: inside('project'),
    encoding: 'utf8',
    timeout: 60_000,
  })
  expect(stdout).toBe('true []\ntrue\n')
})

/** Runs the program; kills it when it has said that it made this update. Gives what it printed. */
const trains = (run: string, killedAfter?: number) =>
  new Promise<readonly string[]>((resolve, reject) => {
    const child = spawn(process.execPath, ['out/grounding.js', inside('data'), inside(run)], {
      cwd: inside('project'),
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 120_000,
    })
    const lines: string[] = []
    const errors: string[] = []
    child.stderr.on('data', said => errors.push(String(said)))
    createInterface(child.stdout).on('line', line => {
      lines.push(line)
      if (line.startsWith(`update ${killedAfter}`)) child.kill('SIGKILL')
    })
    child.on('error', reject)
    child.on('close', (code, signal) => {
      const asExpected = killedAfter === undefined ? code === 0 : signal === 'SIGKILL'
      if (asExpected) resolve(lines)
      else reject(new Error(`ended with ${code ?? signal}\n${[...lines, ...errors].join('\n')}`))
    })
  })

const updates = (lines: readonly string[]) => lines.map(line => Number(/^update (\d+)/.exec(line)?.[1]))
const newest = (run: string) => readdirSync(inside(run)).sort().at(-1) ?? ''
const weights = (run: string, name = newest(run)) => readFileSync(inside(run, name, 'model.safetensors'))

test('runs to its end: three methods, the corrupt clip is told each time, every update changes the policy', async () => {
  const lines = await trains('unbroken')
  expect(updates(lines)).toEqual([1, 2, 3, 4, 5, 6])
  expect(lines.map(line => line.includes('5.mp4 holds 300 bytes'))).toEqual([0, 1, 0, 1, 0, 1].map(Boolean))
  expect(readdirSync(inside('unbroken')).sort()).toEqual(['update-000005', 'update-000006'])
  expect(weights('unbroken', 'update-000005').equals(weights('unbroken', 'update-000006'))).toBe(false)
}, 150_000)

test('killed twice and resumed, it ends with the same weights and the same optimiser, to the last bit', async () => {
  expect(updates(await trains('killed', 1))).toEqual([1])
  expect(updates(await trains('killed', 3))).toEqual([2, 3])
  expect(updates(await trains('killed'))).toEqual([4, 5, 6])
  expect(newest('killed')).toBe('update-000006')
  expect(weights('killed').equals(weights('unbroken'))).toBe(true)
  const optimiser = (run: string) => readFileSync(inside(run, newest(run), 'optimiser.safetensors'))
  expect(optimiser('killed').equals(optimiser('unbroken'))).toBe(true)
}, 300_000)
