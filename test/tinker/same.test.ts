import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { paGrpo, policyLoss, rawRewards, tokenAdvantages } from 'kinograd/advantage'
import { type Engine, type Prompt, qwenChatPrompt } from 'kinograd/engine'
import { loadPolicy } from 'kinograd/engine/tfjs'
import { tinkerEngine } from 'kinograd/engine/tinker'
import type { Patches } from 'kinograd/media'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { right } from './either.ts'
import { liar } from './liar.ts'
import { served, tinyFolder } from './world.ts'

const optimiser = { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.01, clip: 1 }
let folder: string
beforeAll(async () => {
  folder = await tinyFolder()
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const clip = (seed: number): Patches => ({
  ...{ kind: 'video', grid: [2, 2, 2], secondsPerGrid: 0.5 },
  values: Float32Array.from({ length: 8 * 1176 }, (_, i) => Math.sin(seed * i)),
})

/** One update of PA-GRPO on what the engine samples itself, with a KL to the model under its adapter in every second one. */
const update = async (engine: Engine, prompts: readonly Prompt[], u: number) => {
  const sampling = { count: 3, maxTokens: 4, temperature: 1, topP: 0.95, stop: [1], seed: u }
  const groups = right(await engine.sample(prompts, sampling)())
  const raw = groups.map((group, p) =>
    right(
      rawRewards(`clip ${p}`, {
        perception: group.map(({ ids }) => ids[0]! % 3),
        reasoning: group.map(({ ids }) => ids.at(-1)! % 2),
      }),
    ),
  )
  const advantages = [...paGrpo()(raw)].flatMap((normalised, p) =>
    right(
      tokenAdvantages(
        normalised,
        groups[p]!.map(({ ids }) =>
          Array.from(ids, (_, t) => (t < 2 ? ('perception' as const) : ('reasoning' as const))),
        ),
      ),
    ),
  )
  const asked = prompts.map((prompt, p) => ({ prompt, completions: groups[p]!.map(({ ids }) => ids) }))
  const refLogprobs = right(await engine.logprobs(asked, undefined, { adapter: 'off' })())
  const loss =
    u % 2 === 0 ? policyLoss({ beta: 0 })({ advantages }) : policyLoss({ beta: 0.04 })({ advantages, refLogprobs })
  const { loss: value } = right(await engine.forwardBackward(asked, loss)())
  const { gradientNorm } = right(await engine.optimStep(1e-2)())
  return { groups, value, gradientNorm, asked }
}

test('updates of PA-GRPO on clips through a server are those in process; what is saved goes on alike', {
  timeout: 60_000,
}, async () => {
  const local = right(
    await loadPolicy(folder, {
      backend: 'wasm',
      optimiser,
      adapter: { rank: 4, alpha: 8, targets: 'all-linear', seed: 5 },
    })(),
  )
  const before = tf.memory().numTensors
  const server = await served(folder)
  const remote = right(await tinkerEngine({ url: server.address, rank: 4, seed: 5, optimiser })())
  expect(remote.server).toMatchObject({ model: 'tiny', reduction: 'sum', media: 'patches' })
  const { ids } = local.tokenizer
  const prompts: readonly Prompt[] = [
    { ids: Int32Array.of(72, ids.visionStart, ids.video, ids.video, ids.visionEnd, 105), media: [clip(1)] },
    { ids: Int32Array.of(72, ids.visionStart, ids.video, ids.video, ids.visionEnd, 105), media: [clip(2)] },
  ]
  const compare = async (u: number) => {
    const [here, there] = [await update(local.engine, prompts, u), await update(remote, prompts, u)]
    expect(there.groups.map(group => group.map(one => [...one.ids]))).toEqual(
      here.groups.map(group => group.map(one => [...one.ids])),
    )
    expect(there.groups.flat().map(({ stop }) => stop)).toEqual(here.groups.flat().map(({ stop }) => stop))
    expect(Math.abs(there.value - here.value)).toBeLessThan(1e-5)
    expect(Math.abs(there.gradientNorm - here.gradientNorm)).toBeLessThan(1e-5 * here.gradientNorm)
    const [scored, same] = [
      right(await local.engine.logprobs(here.asked)()),
      right(await remote.logprobs(here.asked)()),
    ]
    expect(Math.max(...scored.flatMap((row, s) => Array.from(row, (x, t) => Math.abs(x - same[s]![t]!))))).toBeLessThan(
      1e-5,
    )
  }
  for (let u = 0; u < 2; u++) await compare(u)
  const at = join(folder, 'saved')
  right(await remote.save(at)())
  await update(remote, prompts, 9)
  right(await remote.load(at)())
  await compare(2)
  remote.dispose()
  await server.close()
  expect(tf.memory().numTensors).toBe(before)
  local.engine.dispose()
})

test('pictures that a server cuts itself give the log-probabilities of those that were cut here', {
  timeout: 60_000,
}, async () => {
  const local = right(await loadPolicy(folder, { backend: 'wasm' })())
  const server = await served(folder)
  const between = await liar(server.address, ({ verb }) =>
    verb === 'get_server_capabilities'
      ? { kind: 'json', json: { supported_models: [{ model_name: 'tiny' }] } }
      : { kind: 'truth' },
  )
  const { ids } = local.tokenizer
  const pads = { image: ids.image, video: ids.video, mergeSize: 2 }
  const remote = right(await tinkerEngine({ url: between.url, rank: 0, pads, reduction: 'sum' })())
  let n = 0
  const next = () => Math.abs(Math.sin(++n * 12.9898))
  const frames = {
    data: Uint8Array.from({ length: 56 * 56 * 3 }, () => 256 * next()),
    count: 1,
    height: 56,
    width: 56,
    times: [0],
  }
  const ask = qwenChatPrompt({ tokenizer: local.tokenizer, ...local.preprocessor })
  const prompt = right(ask([{ role: 'user', content: [{ kind: 'image', frames }, 'Which?'] }]))
  const groups = [{ prompt, completions: [Int32Array.of(65, 66, 67)] }]
  const [here, there] = [right(await local.engine.logprobs(groups)()), right(await remote.logprobs(groups)())]
  expect(Math.max(...Array.from(here[0]!, (x, t) => Math.abs(x - there[0]![t]!)))).toBeLessThan(1e-5)
  const clips = await remote.logprobs([
    { prompt: { ids: Int32Array.of(ids.video, ids.video, 5), media: [clip(1)] }, completions: [Int32Array.of(6)] },
  ])()
  expect(clips).toMatchObject({ left: { _tag: 'CannotDo' } })
  remote.dispose()
  await between.close()
  await server.close()
  local.engine.dispose()
})
