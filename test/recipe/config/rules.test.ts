import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { either as E } from 'fp-ts'
import { encodeVideo } from 'kinograd/media'
import { isConfigFault, loadConfig } from 'kinograd/recipe'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

let folder = ''
const question = { problem: 'How many?', data_type: 'video', problem_type: 'numerical', solution: '<answer>3</answer>' }

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rules-'))
  const grey = new Uint8Array(28 * 28 * 3)
  E.getOrElseW(() => undefined)(
    await encodeVideo(join(folder, 'a.mp4'), [grey, grey], { width: 28, height: 28, fps: 2 })(),
  )
  const lines = [1, 2].map(n => JSON.stringify({ problem_id: n, path: 'a.mp4', ...question }))
  await writeFile(join(folder, 'q.jsonl'), `${lines.join('\n')}\n`)
  await writeFile(join(folder, 'lost.jsonl'), `${JSON.stringify({ problem_id: 1, path: 'gone.mp4', ...question })}\n`)
  await writeFile(join(folder, 'pathless.jsonl'), `${JSON.stringify({ problem_id: 1, ...question })}\n`)
  await writeFile(join(folder, 'empty.jsonl'), '[]\n')
  await mkdir(join(folder, 'llama'))
  await writeFile(join(folder, 'llama', 'config.json'), '{"model_type":"llama","hidden_size":64}')
  await mkdir(join(folder, 'bare'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** What is said of a configuration, line by line; `right` where it can be run. Paths of this machine are cut away. */
const said = async (text: string): Promise<readonly string[]> => {
  await writeFile(join(folder, 'run.yaml'), text)
  const loaded = await loadConfig('run.yaml', { cwd: folder })()
  if (E.isRight(loaded)) return ['right']
  const lines = isConfigFault(loaded.left) ? loaded.left.mistakes : [loaded.left.cause]
  return lines.map(line => line.replaceAll(`${folder}/`, ''))
}

const base = 'records: q.jsonl\nmedia: { root: . }\npolicy: { tiny: true }\n'
const rewards = 'rewards: { perception: none, reasoning: answer }'
const rl = (more: string) => `${base}rl: { updates: 1, loss: { beta: 0 }, ${more} }\n`

describe('settings that are right one by one and not together', () => {
  test.each([
    [
      'evaluation: {}\n',
      [
        'run.yaml:1: media.root: is missing: give the folder that the paths of records start from',
        'run.yaml:1: evaluation: has no records: give records in it, or for all phases beside it',
        'run.yaml:1: evaluation: needs a policy: give policy.checkpoint, or policy.tiny to try it out',
      ],
    ],
    [base, ['run.yaml:1: there is no phase: write annotation, sft, rl or evaluation']],
    [
      `${base}annotation: {}\n`,
      ['run.yaml:4: annotation: needs a teacher: give teacher, such as scripted or claude:MODEL'],
    ],
    [
      `${base}sft: { steps: 1 }\n`,
      ['run.yaml:4: sft: has no chains: give records with their outputs in it, or an annotation that makes them'],
    ],
    [
      `${base}teacher: claude\nannotation: {}\n`,
      [
        'run.yaml:4: teacher: the teacher "claude" names no model. Write claude:MODEL, such as claude:claude-haiku-5-5.',
      ],
    ],
    [
      `${base}judge: openai:here\nevaluation: {}\n`,
      [
        'run.yaml:4: judge: the teacher "openai:here" has no #MODEL at its end. Write openai:BASE_URL#MODEL, such as openai:http://127.0.0.1:8000/v1#qwen2.5-vl.',
      ],
    ],
    [
      rl('rewards: { perception: sufficiency, reason: answer }'),
      [
        'run.yaml:4: rl.rewards.reason: is no process of the template. Did you mean reasoning?',
        'run.yaml:4: rl.rewards: has no reward for reasoning: give sufficiency, answer, none or a function',
        'run.yaml:4: rl.rewards.perception: asks a judge: give judge, such as scripted or openai:BASE_URL#MODEL',
      ],
    ],
    [
      rl('rewards: { perception: none, reasoning: { accuracy: answer, tag: answr } }, weights: { formt: 2 }'),
      [
        'run.yaml:4: rl.rewards.reasoning.tag: is "answr", no tag of reasoning. Did you mean answer?',
        'run.yaml:4: rl.weights.formt: is the weight of no reward. Did you mean format?',
      ],
    ],
    [
      rl(`${rewards}, normaliser: grpo`),
      ['run.yaml:4: rl.normaliser: grpo needs the process whose reward counts: { preset: grpo, reward: reasoning }'],
    ],
    [
      rl(`${rewards}, normaliser: { preset: paGrpo, reward: reasoning }`),
      ['run.yaml:4: rl.normaliser.reward: is no option of paGrpo. It has scale, ddof, epsilon'],
    ],
    [
      `${base}rl: { updates: 1, ${rewards} }\n`,
      [
        'run.yaml:4: rl.loss: has a KL of weight 0.04 to nothing: give rl.loss.beta 0, a policy.adapter, or rl.reference start',
      ],
    ],
    [rl(`${rewards}, watch: { every: 1 }`), ['right']],
    [
      `${base}template: { processes: { seen: [saw], said: [answer] } }\nevaluation: {}\n`,
      [
        'run.yaml:4: template: has processes of your own and no guide, so nobody can be told what to write: give template.guide, or prompt: question',
      ],
    ],
    [
      `${base}template: { processes: { seen: [saw], said: [saw] } }\nevaluation: {}\n`,
      [
        'run.yaml:4: template.processes: is no template: tag "saw" stands in two segments. Give each process at least one tag; names start with a letter and hold at most 64 letters, digits, "_" and "-".',
      ],
    ],
    [
      `${base}template: { processes: { said: [answer] }, guide: { anser: Say it. } }\nevaluation: {}\n`,
      [
        'run.yaml:4: template.guide.anser: is no tag of the template. Did you mean answer?',
        'run.yaml:4: template.guide: says nothing of the tag answer: write what stands there',
      ],
    ],
    [
      base.replace('root: .', 'root: ., frames: { uniform: 4, max: 8 }, pixels: { video: { min: 9, max: 3 } }') +
        'evaluation: {}\n',
      [
        'run.yaml:2: media.pixels.video: goes from 9 to 3: give the smaller as min',
        'run.yaml:2: media.frames.max: belongs to fps alone: leave it away',
      ],
    ],
    [
      `${base}evaluation: { of: [base, stf] }\n`,
      ['run.yaml:4: evaluation.of: names "stf", and this run has no such policy. There is: base.'],
    ],
  ])('%#', async (text, lines) => expect(await said(text)).toEqual(lines))
})

describe('mistakes of every kind at once', () => {
  test('are all told: of single settings, between them, and of what they name', async () => {
    const text = `seed: -1
records: none.jsonl
media: { root: . }
policy: { tiny: true }
rl: { updates: 1, rewards: { perception: sufficiency, reasoning: answer }, loss: { beta: 0 } }
evaluation: { temprature: 0 }
`
    expect(await said(text)).toEqual([
      'run.yaml:1: seed: is -1, and must be a whole number from 0',
      'run.yaml:2: records: is "none.jsonl", and there is no such file (none.jsonl)',
      'run.yaml:5: rl.rewards.perception: asks a judge: give judge, such as scripted or openai:BASE_URL#MODEL',
      'run.yaml:6: evaluation.temprature: is no setting here. Did you mean temperature?',
    ])
  })
  test('do not make up others: what needs a section that is wrong is not told', async () => {
    expect(await said(`${base.replace('{ tiny: true }', '{}')}evaluation: {}\n`)).toEqual([
      'run.yaml:3: policy: has none of checkpoint, tiny, engine: give one, such as checkpoint: ./Qwen2.5-VL-3B-Instruct',
    ])
  })
})

describe('what a configuration names and is not so', () => {
  const evaluation = 'evaluation: {}\n'
  test.each([
    [
      'records: none.jsonl\nmedia: { root: nowhere }\npolicy: { checkpoint: ./none }\n',
      [
        'run.yaml:1: records: is "none.jsonl", and there is no such file (none.jsonl)',
        'run.yaml:2: media.root: is "nowhere", and there is no such folder (nowhere)',
        'run.yaml:3: policy.checkpoint: is "./none", and there is no such folder (none)',
      ],
    ],
    [
      'records: q.jsonl\nmedia: { root: q.jsonl }\npolicy: { tiny: true }\n',
      ['run.yaml:2: media.root: is "q.jsonl", which is a file, and must be a folder (q.jsonl)'],
    ],
    [
      'records: q.jsonl\nmedia: { root: . }\npolicy: { checkpoint: llama }\n',
      [
        'run.yaml:3: policy.checkpoint: is "llama", a checkpoint of the family llama: only Qwen2.5-VL (qwen2_5_vl) is trained here',
      ],
    ],
    [
      'records: q.jsonl\nmedia: { root: . }\npolicy: { checkpoint: bare }\n',
      [
        'run.yaml:3: policy.checkpoint: is "bare", no checkpoint that can be trained: bare: ENOENT: no such file or directory, stat \'bare/config.json\'',
      ],
    ],
    [
      'records: lost.jsonl\nmedia: { root: . }\npolicy: { tiny: true }\n',
      [
        'run.yaml:2: media.root: has none of the media that records names (1 looked for); the first: gone.mp4 of record 1',
      ],
    ],
    [
      'records: pathless.jsonl\nmedia: { root: . }\npolicy: { tiny: true }\n',
      [
        'run.yaml:1: records: names files of which no record can be read (1 tried); the first: pathless.jsonl, line 1 (problem_id 1): path: expected a text that is not empty, found nothing',
      ],
    ],
    [
      'records: empty.jsonl\nmedia: { root: . }\npolicy: { tiny: true }\n',
      ['run.yaml:1: records: names files that hold no record'],
    ],
  ])('%#', async (text, lines) => {
    expect(await said(text + evaluation)).toEqual(lines)
  })
  test('a file that is not there, a folder, or no text is refused as a whole', async () => {
    const none = await loadConfig('none.yaml', { cwd: folder })()
    expect(E.isLeft(none) && none.left._tag).toBe('NoConfig')
    const directory = await loadConfig('llama', { cwd: folder })()
    expect(E.isLeft(directory) && directory.left._tag).toBe('NoConfig')
    await writeFile(join(folder, 'bytes.yaml'), Buffer.from([0xff, 0xfe, 0x00, 0x61]))
    const bytes = await loadConfig('bytes.yaml', { cwd: folder })()
    expect(E.isLeft(bytes) && bytes.left._tag).toBe('NoConfig')
  })
})
