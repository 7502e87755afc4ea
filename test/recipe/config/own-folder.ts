import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { initialise, tinyPolicy, writeWeights } from 'kinograd/engine/tfjs'
import { orThrow } from 'kinograd/flow'
import sharp from 'sharp'
import { writeStreams } from '../../media/streams.ts'

/** Clips, pictures and a folder of pictures of somebody's own, with questions under names of their own. */

const codecs = ['libx264', 'libx265', 'vp9'] as const
const endings = { libx264: 'mp4', libx265: 'mkv', vp9: 'webm' } as const

/** What each medium shows: more of them are brighter. */
const shown = (n: number): number => 1 + (n % 3)

/** Where the media of a kind are, from their root. */
const media = [
  ...Array.from({ length: 12 }, (_, n) => ({ kind: 'video', n, path: `clips/${n}.${endings[codecs[n % 3]!]}` })),
  ...Array.from({ length: 3 }, (_, n) => ({ kind: 'image', n, path: `pictures/${n}.png` })),
  { kind: 'frame', n: 0, path: 'frames/walk' },
] as const

const picture = (n: number, frame = 0) => {
  const pixels = new Uint8Array(64 * 48 * 3).fill(60 * shown(n) + frame)
  return sharp(pixels, { raw: { width: 64, height: 48, channels: 3 } })
}

const chainOf = (n: number): string =>
  `<observation>I see ${shown(n)} of them.</observation><think>So it is ${shown(n)}.</think><answer>${shown(n)}</answer>`

/** Sixty questions about the media in turn; `second` is a field that no format knows. */
const questions = Array.from({ length: 60 }, (_, i) => {
  const { kind, n, path } = media[i % media.length]!
  return {
    ...{
      number: i + 1,
      ask: i % 2 === 0 ? 'How many are seen?' : 'How many?',
      truth: String(shown(n)),
      file: path,
      kind,
    },
    second: i % 3,
    chain: chainOf(n),
  }
})

/** A reward that reads the field. */
const ownReward = `export const early = (record, rollout) => (record.extra.second === 0 && rollout.text.includes(record.answer) ? 1 : 0)
`

const config = `name: own
seed: 3
backend: wasm
records:
  files: questions.jsonl
  fields: &fields
    id: number
    problem: ask
    answer: truth
    path: file
    dataType: kind
    problemType: { value: numerical }
media: { root: media, frames: 2, pictureRate: 4 }
policy:
  checkpoint: checkpoint
  optimiser: { beta2: 0.95, weightDecay: 0, clip: 1 }
judge: scripted
prompt: question
sft:
  records: { files: questions.jsonl, fields: { <<: *fields, output: chain, observation: chain, process: chain, reward: { value: 1 } } }
  steps: 8
  batch: 4
  rate: 2e-3
  schedule: constant
rl:
  updates: 4
  prompts: 2
  completions: 4
  rate: 1e-4
  loss: { beta: 0 }
  sampling: { maxTokens: 40, temperature: 1 }
  rewards:
    perception: sufficiency
    reasoning:
      accuracy: answer
      also: { early: { module: ./own.js, export: early } }
  weights: { early: 0.5 }
evaluation:
  records: { files: questions.jsonl, fields: *fields, take: 16 }
  maxTokens: 40
  temperature: 0
`

/** A random Qwen2.5-VL of about five million parameters, with the files of a hub: config, weights, tokenizer, template, preprocessor. */
const writeCheckpoint = async (folder: string): Promise<void> => {
  const policy = tinyPolicy({ seed: 3, texts: questions.flatMap(({ ask, chain }) => [ask, chain]) })
  orThrow(await policy.write(folder)())
  policy.engine.dispose()
  const { text, vision, tokens } = policy.config
  const wide = { hiddenSize: 256, intermediateSize: 1280, layers: 4, headDim: 64, mropeSection: [8, 12, 12] } as const
  const config = { text: { ...text, ...wide }, vision: { ...vision, outHiddenSize: 256 }, tokens }
  const parameters = initialise(config, 3)
  orThrow(await writeWeights(folder, config, parameters)())
  for (const tensor of parameters.values()) tensor.dispose()
  // What a hub does not have.
  for (const name of ['kinograd.manifest.json', 'optimiser.safetensors']) await rm(join(folder, name))
}

/** Writes the folder; gives the path of its configuration. */
export const writeOwnFolder = async (folder: string): Promise<string> => {
  for (const made of ['clips', 'pictures', 'frames/walk']) await mkdir(join(folder, 'media', made), { recursive: true })
  for (const { kind, n, path } of media) {
    const file = join(folder, 'media', path)
    if (kind === 'video') writeStreams(file, [{ parts: [{ width: 64, height: 48, count: 8 }], codec: codecs[n % 3]! }])
    else if (kind === 'image') await picture(n).toFile(file)
    else for (let frame = 1; frame <= 4; frame++) await picture(n, frame).toFile(join(file, `${frame}.png`))
  }
  await writeFile(join(folder, 'questions.jsonl'), questions.map(one => `${JSON.stringify(one)}\n`).join(''))
  await writeFile(join(folder, 'own.js'), ownReward)
  await writeFile(join(folder, 'package.json'), '{"type":"module"}')
  await writeCheckpoint(join(folder, 'checkpoint'))
  const path = join(folder, 'own.yaml')
  await writeFile(path, config)
  return path
}
