import { either as E, taskEither as TE } from 'fp-ts'
import type { CotRecord } from 'kinograd/dataset'
import { type Engine, tokenizerOf } from 'kinograd/engine'
import { fault } from 'kinograd/flow'
import { type Decoder, uniform } from 'kinograd/media'
import { consume } from 'kinograd/run'
import { expect, test } from 'vitest'
import { promptMaker, targetOf } from '../../examples/videop2r/policy.ts'
import { planWorld, render, tokenizerFiles, toVideoRecord } from '../../examples/videop2r/world/index.ts'
import { fineTune, type Tuned } from '../../src/recipe/fine-tune.ts'

const right = <A>(either: E.Either<unknown, A>): A => {
  if (E.isLeft(either)) throw new Error(JSON.stringify(either.left))
  return either.right
}
const { tokenizerJson, tokenizerConfig } = tokenizerFiles()
const tokenizer = right(tokenizerOf({ tokenizer: tokenizerJson, config: tokenizerConfig }))
const none = { clips: 0, questions: 0 }
const plans = planWorld({
  seed: 5,
  sizes: { 'train-sft': { clips: 8, questions: 1 }, 'train-rl': none, dev: none, test: none },
})
const chains: readonly CotRecord[] = plans.flatMap(plan =>
  plan.records.map((record, i) => ({
    ...toVideoRecord(record),
    observation: '',
    process: '',
    output: `<answer> ${i} </answer>`,
    reward: 1,
  })),
)
const sceneOf = new Map(plans.map(({ path, scene }) => [path.slice(2), scene]))

/** Decodes clips of even batches slowly, so that the batch behind is ready before. */
const decoder: Decoder = {
  times: () => TE.left(fault('NotAVideo', 'not asked for', '')),
  activity: () => TE.left(fault('NotAVideo', 'not asked for', '')),
  name: 'slow and fast',
  probe: (path: string) => {
    const frames = render(sceneOf.get(path.slice(path.indexOf('clips/')))!)
    const clip = { path, frameCount: frames.count, fps: 8, durationSeconds: frames.count / 8 }
    return TE.right({ ...clip, width: frames.width, height: frames.height, codec: 'h264', rotation: 0 as const })
  },
  frames: ({ path }: { readonly path: string }, indices: readonly number[]) =>
    TE.fromTask(async () => {
      const index = Number(/(\d+)\.mp4$/.exec(path)?.[1])
      await new Promise(resolve => setTimeout(resolve, Math.floor(index / 2) % 2 === 0 ? 60 : 0))
      const whole = render(sceneOf.get(path.slice(path.indexOf('clips/')))!)
      const size = whole.width * whole.height * 3
      const data = Buffer.concat(indices.map(i => whole.data.subarray(i * size, (i + 1) * size)))
      return { ...whole, count: indices.length, data, times: indices.map(i => i / 8) }
    }),
}

test('fine-tuning applies its batches in their order, with their learning rates, whichever is prepared first', async () => {
  const rates: number[] = []
  const steps: number[] = []
  const never = TE.left(fault('Thrown', 'not asked for', ''))
  const engine: Engine = {
    capabilities: { backend: 'none', parameters: 0, maxTokens: 512 },
    sample: () => never,
    logprobs: () => never,
    // The first batch takes long in the engine as well.
    forwardBackward: () =>
      TE.fromTask(async () => {
        await new Promise(resolve => setTimeout(resolve, steps.length === 0 ? 30 : 0))
        return { loss: 1, metrics: {} }
      }),
    optimStep: rate =>
      TE.fromIO(() => {
        rates.push(rate)
        return { gradientNorm: 1 }
      }),
    save: () => TE.right(undefined),
    load: () => TE.right(undefined),
    dispose: () => {},
  }
  const record = (outcome: E.Either<unknown, Tuned>) =>
    TE.fromIO(() => {
      steps.push(E.isRight(outcome) ? outcome.right.update.step : -1)
    })
  const recipe = { media: { root: 'world', decoder, spec: uniform(8) } }
  const policy = {
    prompt: promptMaker(tokenizer),
    target: ({ output }: CotRecord) => targetOf(tokenizer, output),
  }
  const updates = fineTune({ recipe, policy, run: {} }, engine, chains, {
    size: 2,
    from: 7,
    rate: step => step / 10,
    course: { record },
  })
  const failed: string[] = []
  const ended = await consume(
    updates,
    { item: () => {}, failed: ({ fault: why }) => void failed.push(why.cause) },
    new AbortController().signal,
  )()
  expect(failed).toEqual([])
  expect(ended).toEqual(E.right({ done: 4, failed: 0 }))
  expect([steps, rates]).toEqual([
    [7, 8, 9, 10],
    [0.7, 0.8, 0.9, 1],
  ])
})
