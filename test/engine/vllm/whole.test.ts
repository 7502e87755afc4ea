import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { either as E } from 'fp-ts'
import { policyLoss } from 'kinograd/advantage'
import type { Prompt } from 'kinograd/engine'
import { loadPolicy, tinyPolicy } from 'kinograd/engine/tfjs'
import { vllmEngine } from 'kinograd/engine/vllm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { right } from '../../tinker/either.ts'
import { standIn } from './stand-in.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vllm-whole-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

test('a policy with an adapter, sampled over the protocol with clips and trained here, is one policy at both ends', async () => {
  const tiny = tinyPolicy({ seed: 1, texts: ['how many boxes'] })
  right(await tiny.write(folder)())
  tiny.engine.dispose()
  const opened = async () =>
    right(await loadPolicy(folder, { adapter: { rank: 2, alpha: 4, targets: 'all-linear' }, backend: 'wasm' })())
  const [here, there] = [await opened(), await opened()]
  const server = await standIn(there.engine)
  const { tokens, vision } = here.config
  const pads = { image: tokens.image, video: tokens.video, mergeSize: vision.mergeSize }
  const engine = right(
    await vllmEngine(here.engine, { url: server.url, adapters: join(folder, 'adapters'), pads, within: 1e-4 })(),
  )
  const { mergeSize, patchSize, temporalPatchSize } = vision
  const width = 3 * temporalPatchSize * patchSize ** 2
  const clip = {
    ...({ kind: 'video', grid: [2, mergeSize, mergeSize], secondsPerGrid: 0.5 } as const),
    values: Float32Array.from({ length: 2 * mergeSize ** 2 * width }, (_, i) => Math.sin(i)),
  }
  const prompts: readonly Prompt[] = [
    { ids: Int32Array.of(5, tokens.video, tokens.video, 7, 9), media: [clip] },
    { ids: Int32Array.of(5, 7), media: [] },
  ]
  const sampling = { count: 3, maxTokens: 6, temperature: 1, stop: [here.tokenizer.eos], seed: 3 }
  for (let step = 0; step < 3; step++) {
    const groups = right(await engine.sample(prompts, { ...sampling, seed: step })())
    const trained = prompts.map((prompt, p) => ({ prompt, completions: groups[p]!.map(({ ids }) => ids) }))
    const own = right(await here.engine.logprobs(trained)())
    for (const [i, completion] of groups.flat().entries())
      for (const [t, value] of completion.logprobs.entries()) expect(value).toBeCloseTo(own[i]![t]!, 4)
    const advantages = groups.flat().map(({ ids }, i) => Array.from(ids, () => (i % 2 === 0 ? 1 : -1)))
    right(await engine.forwardBackward(trained, policyLoss({ beta: 0 })({ advantages }))())
    right(await engine.optimStep(0.05)())
  }
  const stale = await vllmEngine(here.engine, { url: server.url, adapters: join(folder, 'none'), within: -1, pads })()
  const refused = await right(stale).sample(prompts, sampling)()
  expect(E.isLeft(refused) && refused.left.cause).toMatch(/from those of the policy that trains/)
  engine.dispose()
  there.engine.dispose()
  await server.close()
})
