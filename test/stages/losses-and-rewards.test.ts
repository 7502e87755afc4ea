import { either as E, taskEither as TE } from 'fp-ts'
import { paGrpo } from 'kinograd/advantage'
import { batch, fault, type Item, items, pipeline } from 'kinograd/flow'
import { template } from 'kinograd/process'
import { noLength } from 'kinograd/reward'
import * as S from 'kinograd/stages'
import { lastValueFrom, toArray } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { completionOf, decoder, engineOf, framesOf, left, prompt, recordOf, run, tokenizer } from './fakes.ts'

const two = template({ see: ['o'], tell: ['a'] })
const text = (o: string, a: string) => `<o>${o}</o><a>${a}</a>`
const group = (id: string, ...completions: ReturnType<typeof completionOf>[]) => ({
  record: recordOf(id),
  prompt,
  group: completions,
})
const rights = <A>(out: readonly Item<A>[]): A[] => out.flatMap(it => (E.isRight(it) ? [it.right] : []))

describe('further rewards by name', () => {
  const scored = (extra: Parameters<typeof S.score>[0] extends never ? never : object) =>
    pipeline(
      'reward',
      S.readRollouts(two, tokenizer),
      S.score({
        accuracy: { see: () => 1, tell: (_, { processes }) => Number(processes.tell?.a === '7') },
        length: { see: noLength, tell: noLength },
        weights: { brief: 0.5 },
        ...extra,
      }),
    )
  const item = group('q', completionOf(text('x', '7')), completionOf(text('xyz', '8')))

  test('join the parts and the sum with their weight; null counts as nothing', async () => {
    const brief = S.eachRollout((_: ReturnType<typeof recordOf>, { text: all }: { readonly text: string }) =>
      all.length < 20 ? 1 : null,
    )
    const [out] = rights(await run(scored({ extra: { see: { brief } } }), [item]))
    expect(out?.rewards.raw.rewards).toEqual({
      see: [2.5, 2.5].map((n, i) => (i === 0 || item.group[1]!.ids.length < 21 ? n : 2)),
      tell: [2, 1],
    })
    expect(out?.rewards.parts.see[0]?.extra).toEqual({ brief: 1 })
    expect(out?.rewards.parts.tell[0]?.extra).toEqual({})
  })

  test.each([
    ['too few', [1]],
    ['not a number', [1, Number.NaN]],
  ])('%s is a Left that names the reward', async (_, values) => {
    const out = await run(scored({ extra: { tell: { odd: () => TE.right(values) } } }), [item])
    expect(out).toMatchObject([left('score', 'q', 'RewardFailed')])
    expect(JSON.stringify(out)).toContain('odd')
  })

  test("what a reward of its own rejects with, or gives as a Left, is the group's", async () => {
    expect(
      await run(scored({ accuracy: { see: async () => Promise.reject(new Error('lost')), tell: () => 1 } }), [item]),
    ).toMatchObject([left('score', 'q', 'Thrown')])
    expect(
      await run(scored({ accuracy: { see: () => TE.left(fault('Unreachable', 'gone', '')), tell: () => 1 } }), [item]),
    ).toMatchObject([left('score', 'q', 'Unreachable')])
    expect(await run(scored({ accuracy: { see: () => Number.NaN, tell: () => 1 } }), [item])).toMatchObject([
      left('score', 'q', 'RewardFailed'),
    ])
  })
})

describe('what a policy update takes besides advantages', () => {
  const graded = pipeline(
    'reward',
    S.readRollouts(two, tokenizer),
    S.score({
      accuracy: { see: () => 1, tell: (_, { processes }) => Number(processes.tell?.a === '7') },
      length: { see: noLength, tell: noLength },
    }),
  )
  const update = async (options: Partial<S.PolicyUpdateOptions>, ...completions: ReturnType<typeof completionOf>[]) => {
    const { engine, calls } = engineOf({})
    const [out] = await lastValueFrom(
      items([group('q', ...completions)]).pipe(
        graded,
        batch(1),
        S.advantage(paGrpo()),
        S.policyUpdate({ engine, loss: { beta: 0 }, learningRate: () => 1, ...options }),
        toArray(),
      ),
    )
    const gradient = (
      calls.find(({ verb }) => verb === 'forwardBackward')?.with as { gradient?: Float64Array[] } | undefined
    )?.gradient
    return { out, gradient }
  }
  const ended = completionOf(text('x', '7'))
  const cut = completionOf(text('y', '8'), 'length')

  test('truncated completions count nowhere', async () => {
    const { gradient } = await update({ maskTruncated: true }, ended, cut)
    expect(gradient?.[0]?.some(g => g !== 0)).toBe(true)
    expect(gradient?.[1]?.every(g => g === 0)).toBe(true)
    const whole = await update({}, ended, cut)
    expect(whole.gradient?.[1]?.some(g => g !== 0)).toBe(true)
  })

  test('a batch in which all are truncated is a Left, no step of nothing', async () => {
    const { out, gradient } = await update({ maskTruncated: true }, cut, completionOf(text('y', '7'), 'length'))
    expect(out).toMatchObject(left('update', 'batch 0', 'AllTruncated') as object)
    expect(gradient).toBeUndefined()
  })

  test("weights of tokens multiply their loss; a Left of who makes them is the batch's", async () => {
    const weights =
      (n: number) => (b: { readonly items: readonly { readonly group: readonly { readonly ids: Int32Array }[] }[] }) =>
        b.items.flatMap(it => it.group.map(({ ids }) => new Float64Array(ids.length).fill(n)))
    const once = await update({}, ended, completionOf(text('y', '8')))
    const twice = await update({ weights: weights(2) }, ended, completionOf(text('y', '8')))
    expect(twice.gradient?.map(row => [...row])).toEqual(once.gradient?.map(row => Array.from(row, g => 2 * g)))
    const refused = await update({ weights: () => E.left(fault('NoEntropy', 'none', '')) }, ended, cut)
    expect(refused.out).toMatchObject(left('update', 'batch 0', 'NoEntropy') as object)
  })

  test('a missing log-probability is a fault where the loss takes none, and a ratio of 1 elsewhere', async () => {
    const holey = { ...ended, logprobs: new Float32Array(ended.ids.length).fill(-1).fill(Number.NaN, 0, 1) }
    const other = completionOf(text('y', '8'))
    const { out } = await update({ offPolicy: true, loss: { beta: 0, missingLogprobs: 'fault' } }, holey, other)
    expect(out).toMatchObject(left('update', 'batch 0', 'MissingLogprobs') as object)
    const taken = await update({ offPolicy: true, loss: { beta: 0 } }, holey, other)
    expect(E.isRight(taken.out as never)).toBe(true)
    expect(taken.gradient?.flatMap(row => [...row]).every(Number.isFinite)).toBe(true)
  })
})

describe("T-GRPO's control", () => {
  const frames = {
    ...framesOf(4),
    height: 1,
    width: 1,
    data: Uint8Array.from({ length: 12 }, (_, i) => Math.floor(i / 3)),
  }
  const clip = { path: 'a' } as S.HasClip['clip']
  const firsts = (seed: number, id = 'a') =>
    run(
      S.toShuffledPrompt(
        ({ frames: seen }: S.HasRecord & S.HasClip & S.HasFrames) =>
          E.right({ ids: Int32Array.from({ length: 4 }, (_, i) => seen.data[3 * i]!), media: [] }),
        seed,
      ),
      [{ record: recordOf(id), clip, frames }],
    ).then(out => rights(out).map(({ shuffledPrompt }) => [...shuffledPrompt.ids]))

  test('sees the same frames in one other order, by seed and record', async () => {
    const [order] = await firsts(1)
    expect([...order!].sort()).toEqual([0, 1, 2, 3])
    expect(await firsts(1)).toEqual([order])
    const others = await Promise.all(Array.from({ length: 12 }, (_, seed) => firsts(seed + 2)))
    expect(new Set(others.map(String)).size).toBeGreaterThan(4)
    expect([...frames.data]).toEqual([0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3])
  })

  test('gives right rollouts the bonus when the ordered clip is answered as often right', async () => {
    const accuracy: S.ProcessAccuracy<ReturnType<typeof recordOf>, 'see' | 'tell', 'o' | 'a'> = (_, { processes }) =>
      Number(processes.tell?.a === '7')
    const bonus = async (control: readonly string[]) => {
      const read = S.readRollout(two, tokenizer)
      const item = {
        ...group('q', completionOf(text('x', '7')), completionOf(text('x', '8'))),
        shuffledGroup: control.map(a => completionOf(text('x', a))),
      }
      const out = await lastValueFrom(
        items([item]).pipe(
          S.readRollouts(two, tokenizer),
          S.score({
            accuracy: { see: () => 1, tell: accuracy },
            length: { see: noLength, tell: noLength },
            extra: { tell: { temporal: S.temporal({ read, accuracy }) } },
          }),
          toArray(),
        ),
      )
      return rights(out)[0]?.rewards.parts.tell.map(part => part.extra.temporal)
    }
    expect(await bonus(['8', '8'])).toEqual([0.3, 0])
    expect(await bonus(['7', '8'])).toEqual([0.3, 0])
    expect(await bonus(['7', '7'])).toEqual([0, 0])
  })

  test('is sampled apart', async () => {
    const sampled = [[completionOf('a')]]
    const { engine, calls } = engineOf({ sampled })
    const settings = { count: 4, maxTokens: 5, temperature: 1, stop: [0], seed: 0 }
    const out = await lastValueFrom(
      items([{ record: recordOf('q'), shuffledPrompt: prompt }]).pipe(
        batch(1),
        S.rolloutShuffled({ engine, sampling: () => settings }),
        toArray(),
      ),
    )
    expect(out).toMatchObject([E.right({ items: [{ shuffledGroup: sampled[0] }] })])
    expect(calls).toEqual([{ verb: 'sample', with: { prompts: [prompt], sampling: settings } }])
    expect(decoder.name).toBe('fake')
  })
})
