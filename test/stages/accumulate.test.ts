import { either as E } from 'fp-ts'
import { drGrpo, type LossOptions, sftLoss } from 'kinograd/advantage'
import type { Engine } from 'kinograd/engine'
import { tinyPolicy } from 'kinograd/engine/tfjs'
import { type Batch, batch, each, fault, type Item, items, type StageError } from 'kinograd/flow'
import { template } from 'kinograd/process'
import { noLength } from 'kinograd/reward'
import * as S from 'kinograd/stages'
import { firstValueFrom, type Observable } from 'rxjs'
import { beforeAll, expect, test } from 'vitest'
import { use } from '../engine/backends.ts'
import { recordOf } from './fakes.ts'

beforeAll(() => use('wasm'))

const prompt = { ids: Int32Array.of(72, 105), media: [] }
const learningRate = () => 1e-2

/** What a step says of itself, and log-probabilities of some text under the policy that it leaves. */
const after = async (learn: (engine: Engine) => Observable<Item<S.HasUpdate>>) => {
  const { engine } = tinyPolicy()
  try {
    const done = await firstValueFrom(learn(engine))
    if (E.isLeft(done)) throw new Error(done.left.fault.cause)
    const seen = await engine.logprobs([{ prompt, completions: [Int32Array.of(7, 8, 9, 3)] }])()
    if (E.isLeft(seen)) throw new Error(seen.left.cause)
    return { update: done.right.update, seen: seen.right.flatMap(row => [...row]) }
  } finally {
    engine.dispose()
  }
}

type Stepped = Awaited<ReturnType<typeof after>>

const sameStep = (parts: Stepped, whole: Stepped): void => {
  for (const [i, value] of whole.seen.entries()) expect(parts.seen[i]).toBeCloseTo(value, 4)
  expect(parts.update.loss).toBeCloseTo(whole.update.loss, 6)
  expect(parts.update.gradientNorm / whole.update.gradientNorm).toBeCloseTo(1, 4)
  // Both moved: a step that does nothing would be the same as well.
  expect(whole.update.gradientNorm).toBeGreaterThan(0)
}

const targets = [[7, 8, 9], [3], [4, 5, 6, 7, 8], [9, 9], [1]].map(ids => ({ prompt, target: Int32Array.from(ids) }))

test('supervised: batches of unequal targets make the step of one large batch', async () => {
  const whole = await after(engine =>
    items(targets).pipe(batch(5), S.sftUpdate({ engine, objective: sftLoss(), learningRate })),
  )
  const parts = await after(engine =>
    items(targets).pipe(batch(2), batch(3), S.accumulate({ engine, gradients: S.sftGradients(), learningRate })),
  )
  sameStep(parts, whole)
})

/** Four groups of two completions of their own lengths, some of which ran into the limit. */
const groups = async (): Promise<readonly S.Learnable[]> => {
  const { engine, tokenizer } = tinyPolicy()
  const sampling = (seed: number) => ({ count: 2, maxTokens: 6, temperature: 1, stop: [...Array(60).keys()], seed })
  const made = await firstValueFrom(
    items(['a', 'b', 'c', 'd'].map(id => ({ record: recordOf(id), prompt }))).pipe(
      batch(4),
      S.rollout({ engine, sampling }),
      each(S.readRollouts(template({ all: ['answer'] }), tokenizer)),
      each(S.score({ accuracy: { all: (_, { text }) => text.length }, length: { all: noLength } })),
      S.advantage(drGrpo()),
    ),
  )
  engine.dispose()
  if (E.isLeft(made)) throw new Error(made.left.fault.cause)
  return made.right.items
}

const losses: readonly (readonly [string, LossOptions, boolean])[] = [
  ['mean of sequences', { beta: 0, type: 'grpo' }, false],
  ['mean of tokens, truncated ones masked', { beta: 0, type: 'dapo' }, true],
  ['mean of tokens, with a reference', { beta: 0.04, type: 'bnpo' }, false],
]

for (const [name, loss, maskTruncated] of losses)
  test(`a policy loss, ${name}: the step of one large batch`, async () => {
    const learnable = await groups()
    const reference = tinyPolicy({ seed: 3 }).engine
    const rest = { loss, maskTruncated, ...(loss.beta === 0 ? {} : { reference }) }
    const whole = await after(engine =>
      items(learnable).pipe(batch(4), S.policyUpdate({ engine, learningRate, ...rest })),
    )
    const parts = await after(engine =>
      items(learnable).pipe(
        batch(1),
        batch(4),
        S.accumulate({ engine, gradients: S.policyGradients({ engine, ...rest }), learningRate }),
      ),
    )
    reference.dispose()
    sameStep(parts, whole)
  })

test('a batch that cannot be learned from is told and counts as zeros; all of them, or none there, are a fault', async () => {
  const { engine } = tinyPolicy()
  const wrong = fault('NotFinite', 'made to fail', 'Nothing.')
  const failing = (which: readonly number[]): S.Gradients<(typeof targets)[number]> => ({
    ...S.sftGradients(),
    objective:
      ({ index }) =>
      async () =>
        which.includes(index) ? E.left(wrong) : E.right(sftLoss()),
  })
  const run = (which: readonly number[]) =>
    firstValueFrom(
      items(targets).pipe(batch(3), batch(2), S.accumulate({ engine, gradients: failing(which), learningRate })),
    )
  const some = await run([1])
  expect(E.isRight(some) && some.right.lost).toMatchObject([{ item: 'batch 1', stage: 'accumulate', fault: wrong }])
  expect(await run([0, 1])).toMatchObject(E.left({ fault: wrong }))
  const empty: Batch<Batch<(typeof targets)[number]>> = { index: 0, items: [], failed: [] satisfies StageError[] }
  const none = await firstValueFrom(
    items([empty]).pipe(S.accumulate({ engine, gradients: S.sftGradients(), learningRate })),
  )
  expect(none).toMatchObject(E.left({ fault: { _tag: 'EmptyBatch' } }))
  engine.dispose()
})
