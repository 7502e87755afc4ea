import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { tinyPolicy } from 'kinograd/engine/tfjs'
import { servedCheckpoint, serveTinker } from 'kinograd/engine/tinker'
import { orThrow } from 'kinograd/flow'
import { encodeVideo } from 'kinograd/media'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runCommand } from '../../../src/cli/run/command.ts'
import { answeringServer, type Seen } from '../../teacher/fake-server.ts'
import { kinogradHere } from './command-here.ts'
import { configBlocks } from './config-blocks.ts'

/*
 * The configurations of docs/configs.md in their offline form: a random tiny checkpoint in place of the 3B, a server of our own in
 * place of vLLM, few of everything. What is set on the command line is all that differs from the page. The command runs in this
 * process: what a process of its own adds is tried in bad-runs.
 */

let folder = ''
const inside = (...path: readonly string[]) => join(folder, ...path)
const page = await readFile(fileURLToPath(new URL('../../../docs/configs.md', import.meta.url)), 'utf8')

const grey = (level: number) => new Uint8Array(56 * 56 * 3).fill(level)
const chain = '<observation>I see 2 boxes.</observation><think>So 2.</think><answer>2</answer>'

/** Teacher and judge in one: it writes a chain where it is shown frames, and says Yes to every observation. */
const answer = ({ body }: Seen) => {
  const content = JSON.stringify(body.messages).includes('image_url')
    ? chain
    : 'It names them. <judgement>Yes</judgement>'
  const message = { role: 'assistant', content }
  return { body: { choices: [{ message, finish_reason: 'stop' }], usage: { prompt_tokens: 9, completion_tokens: 9 } } }
}
const server = await answeringServer(answer)
const open = `openai:${server.url}/v1#any`

const published = (n: number, path: string, data_type = 'video') => ({
  ...{ problem_id: n, problem: 'How many boxes?', data_type, problem_type: 'numerical', options: [], path },
  solution: '<answer>2</answer>',
})
const lines = (rows: readonly object[]): string => rows.map(row => `${JSON.stringify(row)}\n`).join('')

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pages-'))
  for (const made of ['videos', 'clips', 'media/frames']) await mkdir(inside(made), { recursive: true })
  for (const clip of ['videos/a.mp4', 'clips/a.mp4', 'media/a.mp4'])
    orThrow(
      await encodeVideo(
        inside(clip),
        Array.from({ length: 16 }, (_, i) => grey(10 * i)),
        { width: 56, height: 56, fps: 8 },
      )(),
    )
  const still = () => sharp(grey(90), { raw: { width: 56, height: 56, channels: 3 } })
  await still().toFile(inside('media', 'b.png'))
  for (const n of [1, 2, 4, 5]) await still().toFile(inside('media', 'frames', `${n}.png`))
  await writeFile(inside('train.json'), JSON.stringify([1, 2, 3, 4].map(n => published(n, 'a.mp4'))))
  await writeFile(inside('test.json'), JSON.stringify([5, 6].map(n => published(n, 'a.mp4'))))
  const mixed = [published(1, 'a.mp4'), published(2, 'b.png', 'image'), published(3, 'frames', 'frame')]
  for (const name of ['questions.jsonl', 'test.jsonl']) await writeFile(inside(name), lines(mixed))
  const mine = [1, 2, 3, 4].map(n => ({ n, question: 'How many boxes?', truth: '2', clip: 'a.mp4', span: [2, 3] }))
  for (const name of ['mine.jsonl', 'held-out.jsonl']) await writeFile(inside(name), lines(mine))
  await writeFile(inside('chains.jsonl'), lines([1, 2, 3, 4].map(id => ({ id, output: chain }))))
  await writeFile(inside('own.js'), /^```js\n(.*?)^```$/ms.exec(page)?.[1] ?? '')
  await writeFile(inside('package.json'), '{"type":"module"}')
  const policy = tinyPolicy({ seed: 1, texts: [chain, 'How many boxes?'] })
  orThrow(await policy.write(inside('Qwen2.5-VL-3B-Instruct'))())
  orThrow(await policy.write(inside('Qwen2.5-VL-7B-Instruct'))())
  await writeFile(inside('engine.key'), 'a-key-that-nobody-may-read')
  policy.engine.dispose()
}, 120_000)
afterAll(async () => {
  await server.close()
  await rm(folder, { recursive: true, force: true })
})

const kinograd = kinogradHere(runCommand)

/** The configuration of a section, run with few of everything. */
const offline = async (title: string, ...args: readonly string[]) => {
  const found = configBlocks(page).find(one => one.title.startsWith(title))
  const name = `${title.replaceAll(/\W+/g, '-').toLowerCase()}.yaml`
  await writeFile(inside(name), found?.yaml ?? '')
  return kinograd(['run', name, '--out', `${name}.run`, ...args], folder)
}
const set = (...settings: readonly string[]): readonly string[] => settings.flatMap(one => ['--set', one])
const few = set(
  'backend=wasm',
  'rl.updates=1',
  'rl.prompts=2',
  'rl.completions=2',
  'rl.sampling.maxTokens=8',
  'evaluation.maxTokens=8',
)
const fewSft = set('sft.steps=1', 'sft.batch=2')

const summaryOf = async (name: string) => JSON.parse(await readFile(inside(`${name}.run`, 'summary.json'), 'utf8'))

describe('docs/configs.md, offline', () => {
  test('a model with an adapter: annotation, SFT, PA-GRPO with a KL, evaluation', async () => {
    const ended = await offline(
      'A model of 3 billion',
      ...few,
      ...fewSft,
      ...set(
        'teacher=scripted:chains.jsonl',
        'judge=scripted',
        'media.pixels={ video: { min: 3136, max: 3136 } }',
        'media.frames=2',
        'evaluation.records.take=2',
      ),
    )
    expect([ended.code, ended.err]).toEqual([0, ''])
    const summary = await summaryOf('a-model-of-3-billion.yaml')
    expect(Object.keys(summary.policies)).toEqual(['base', 'sft', 'paGrpo'])
    expect(summary.retention.sufficient).toBe(4)
    const files = await readFile(
      inside('a-model-of-3-billion.yaml.run', 'checkpoints', 'paGrpo', 'adapter_config.json'),
      'utf8',
    )
    expect(JSON.parse(files).r).toBe(16)
  }, 500_000)

  test('a remote engine: planned, trained on, and refused without its tokenizer', async () => {
    const planned = await offline('A model of 7 billion', '--dry-run')
    expect([planned.code, planned.err]).toEqual([0, ''])
    expect(planned.out).toMatch(/judge claude:claude-haiku-5-5: at most \d+ questions, .* about [\d.]+ USD/)
    expect(planned.out).toContain('1000 updates of 7 questions, 8 completions of at most 768 tokens each')
    const refused = await kinograd(
      ['run', 'a-model-of-7-billion.yaml', '--set', 'judge=scripted', '--set', 'policy.tokenizer=./nowhere'],
      folder,
    )
    expect(refused.code).toBe(2)
    expect(refused.err).toContain('policy.tokenizer: is "./nowhere"')
    const served = orThrow(await servedCheckpoint(inside('Qwen2.5-VL-7B-Instruct'), { backend: 'wasm' })())
    const keys = ['a-key-that-nobody-may-read']
    const engine = orThrow(await serveTinker({ policy: served, directory: inside('served'), port: 0, keys })())
    const ended = await offline(
      'A model of 7 billion',
      ...few,
      ...[
        '--set',
        `policy.engine=${engine.address}`,
        '--set',
        `judge=${open}`,
        '--set',
        'rl.updates=2',
        '--set',
        'rl.prompts=2',
      ],
      ...['--set', 'rl.completions=2', '--set', 'rl.sampling.maxTokens=8'],
    )
    await engine.close()
    served.dispose()
    expect([ended.code, ended.err]).toEqual([0, ''])
    expect(ended.out).not.toContain(keys[0])
  }, 500_000)

  test('own clips with an open teacher: a field map, a server, a reward of one’s own', async () => {
    const ended = await offline(
      'Your own clips',
      ...few,
      ...fewSft,
      ...set(`teacher=${open}`, `judge=${open}`, 'media.frames=2'),
    )
    expect([ended.code, ended.err]).toEqual([0, ''])
    const summary = await summaryOf('your-own-clips.yaml')
    expect(summary.retention).toMatchObject({ annotated: 4, verified: 4, sufficient: 4 })
    expect(summary.teacher).toBe('openai-compatible:any')
    const [rollout] = (await readFile(inside('your-own-clips.yaml.run', 'rollouts.jsonl'), 'utf8')).split('\n')
    expect(JSON.parse(rollout ?? '').parts.reasoning).toHaveProperty('when')
    // Four records that ask the same of the same clip: one question to the teacher and one to the judge, and the cache.
    expect(server.seen.length).toBeGreaterThanOrEqual(2)
  }, 500_000)

  test('pictures and clips mixed: three processes of one’s own', async () => {
    const ended = await offline('Pictures and clips', ...few, ...set(`judge=${open}`, 'media.frames=2'))
    expect([ended.code, ended.err]).toEqual([0, ''])
    const summary = await summaryOf('pictures-and-clips.yaml')
    expect(summary.policies.paGrpo.evaluated).toBe(3)
    const [rollout] = (await readFile(inside('pictures-and-clips.yaml.run', 'rollouts.jsonl'), 'utf8')).split('\n')
    expect(Object.keys(JSON.parse(rollout ?? '').rewards)).toEqual(['perception', 'grounding', 'reasoning'])
  }, 500_000)
})
