import type { TrainGroup } from 'kinograd/engine'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { backends, use } from './backends.ts'
import { right } from './golden.ts'
import { apart, gradientEngine, noise, promptOf, tinyEngine, weighted, words } from './tiny-engine.ts'

const completions = [words(1, 5), words(2, 9), words(3, 1), words(4, 6)]
const prompt = promptOf([noise(1), noise(2, [1, 4, 2], 'image')])

/** A group as groups of one completion each. */
const alone = ({ prompt, completions }: TrainGroup): readonly TrainGroup[] =>
  completions.map(completion => ({ prompt, completions: [completion] }))

describe.each(backends)('configurations that must give the same, on %s', backend => {
  let it: ReturnType<typeof gradientEngine>
  beforeAll(async () => {
    await use(backend)
    it = gradientEngine()
  }, 180_000)
  afterAll(() => it.engine.dispose())

  const same = async (a: readonly TrainGroup[], b: readonly TrainGroup[]): Promise<void> => {
    const [ours, theirs] = [right(await it.engine.logprobs(a)()), right(await it.engine.logprobs(b)())]
    expect(ours.map(part => part.length)).toEqual(theirs.map(part => part.length))
    expect(
      apart(
        ours.flatMap(part => [...part]),
        theirs.flatMap(part => [...part]),
      ),
    ).toBeLessThan(1e-5)
    const [mine, other] = [await it.gradient(a, weighted()), await it.gradient(b, weighted())]
    expect(apart(mine, other)).toBeLessThan(1e-5)
  }

  test('a prompt shared by its completions = a prompt for each', async () => {
    const group = { prompt, completions }
    await same([group], alone(group))
  })

  test('a clip that prompts share = a copy for each', async () => {
    const clip = noise(4)
    const groups = (second: typeof clip) => [
      { prompt: promptOf([clip], [5, 6]), completions: completions.slice(0, 2) },
      { prompt: promptOf([second], [8, 4, 9, 7]), completions: completions.slice(2) },
    ]
    await same(groups(clip), groups(noise(4)))
  })

  test.each([
    ['groups', [completions.slice(0, 3), completions.slice(3)]],
    ['single completions', [completions.slice(0, 1), completions.slice(1, 2)]],
  ])('padding: %s of unequal length in one batch = one by one', async (_, parts) => {
    const prompts = [prompt, promptOf([noise(6, [1, 4, 4])], [5])]
    const groups = parts.map((own, i) => ({ prompt: prompts[i] ?? prompt, completions: own }))
    const whole = await it.gradient(groups, weighted())
    let first = 0
    for (const group of groups) {
      right(await it.engine.forwardBackward([group], weighted(1, first))())
      first += group.completions.length
    }
    expect(apart(await it.caughtGradient(), whole)).toBeLessThan(1e-5)
  })

  test('a prompt without media stands beside one with a clip', async () => {
    const groups = [
      { prompt, completions: completions.slice(0, 2) },
      { prompt: promptOf([]), completions },
    ]
    const whole = right(await it.engine.logprobs(groups)())
    const parts = [
      ...right(await it.engine.logprobs([groups[0] as TrainGroup])()),
      ...right(await it.engine.logprobs([groups[1] as TrainGroup])()),
    ]
    expect(
      apart(
        whole.flatMap(p => [...p]),
        parts.flatMap(p => [...p]),
      ),
    ).toBeLessThan(1e-5)
  })

  test('8 batches of 1, accumulated = 1 batch of 8', async () => {
    const groups = Array.from({ length: 8 }, (_, i) => ({
      prompt: promptOf([noise(20 + i)], [...words(i, 1 + (i % 3))]),
      completions: [words(30 + i, 4 + i)],
    }))
    const whole = await it.gradient(groups, weighted())
    for (const [i, group] of groups.entries()) right(await it.engine.forwardBackward([group], weighted(1, i))())
    expect(apart(await it.caughtGradient(), whole)).toBeLessThan(1e-5)
  })

  test('the gradient of the whole model is the slope of its loss', async () => {
    // d loss along the direction of the gradient is its squared norm: central differences by two steps of plain descent.
    const group = { prompt, completions: completions.slice(0, 2) }
    const gradient = await it.gradient([group], weighted())
    const slope = gradient.reduce((sum, g) => sum + g * g, 0)
    const lossAfter = async (rate: number): Promise<number> => {
      const engine = tinyEngine()
      right(await engine.forwardBackward([group], weighted())())
      right(await engine.optimStep(rate)())
      const { loss } = right(await engine.forwardBackward([group], weighted())())
      engine.dispose()
      return loss
    }
    const h = 0.002 / Math.sqrt(slope)
    const measured = ((await lossAfter(-h)) - (await lossAfter(h))) / (2 * h)
    expect(Math.abs(measured / slope - 1)).toBeLessThan(5e-3)
  })
})
