import { either as E } from 'fp-ts'
import { paGrpo, sftLoss } from 'kinograd/advantage'
import type { Engine } from 'kinograd/engine'
import { adamw, initAdapter, initialise, tfjsEngine } from 'kinograd/engine/tfjs'
import { batch, fault, type Item, items, pipeline, type Stage, stage } from 'kinograd/flow'
import { videoP2R } from 'kinograd/process'
import { noLength } from 'kinograd/reward'
import * as S from 'kinograd/stages'
import { lastValueFrom, toArray } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { use } from '../engine/backends.ts'
import { tinyConfig } from '../engine/tiny-config.ts'
import { chain, completionOf, engineOf, judge, left, prompt, recordOf, run, tokenizer } from './fakes.ts'

type K = 'perception' | 'reasoning'
type T = 'observation' | 'think' | 'answer'
type Sampled = S.HasRecord & S.HasPrompt & S.HasGroup

const item = (id: string) => ({ record: recordOf(id), prompt })
const grouped = (id: string, ...texts: readonly string[]): Sampled => ({
  ...item(id),
  group: texts.map(t => completionOf(t)),
})
const sampling = (seed: number) => ({ count: 2, maxTokens: 5, temperature: 1, stop: [0], seed })
const scoring = (
  options: Parameters<typeof S.sufficiencyReward>[2],
): Stage<Sampled, Sampled & S.HasRollouts<K, T> & S.HasRewards<K>> =>
  pipeline(
    'reward',
    S.readRollouts(videoP2R, tokenizer),
    S.score({
      accuracy: {
        perception: S.sufficiencyReward(judge, r => r.processes.perception?.observation ?? null, options),
        reasoning: S.answerReward(r => r.processes.reasoning?.answer ?? ''),
      },
      length: { perception: noLength, reasoning: noLength },
    }),
  )
const score = scoring({})
const rights = <A>(out: readonly Item<A>[]): A[] => out.flatMap(it => (E.isRight(it) ? [it.right] : []))
const through = <A, B>(stage: Stage<A, B>, given: readonly Item<A>[]): Promise<Item<B>[]> =>
  lastValueFrom(items(given.flatMap(it => (E.isRight(it) ? [it.right] : []))).pipe(stage, toArray()))

describe('rollout', () => {
  test('samples the whole batch at once, with the settings of that batch', async () => {
    const sampled = [
      [completionOf('a'), completionOf('b')],
      [completionOf('c'), completionOf('d')],
    ]
    const { engine, calls } = engineOf({ sampled })
    const out = await lastValueFrom(
      items([item('x'), item('y')]).pipe(batch(2), S.rollout({ engine, sampling }), toArray()),
    )
    expect(out).toMatchObject([
      E.right({ index: 0, items: [{ record: { id: 'x' }, group: sampled[0] }, { group: sampled[1] }] }),
    ])
    expect(calls).toEqual([{ verb: 'sample', with: { prompts: [prompt, prompt], sampling: sampling(0) } }])
  })

  test("the engine's fault is the batch's", async () => {
    const { engine } = engineOf({ fault: fault('TooLong', '9 of 8', '') })
    const out = await lastValueFrom(items([item('x')]).pipe(batch(1), S.rollout({ engine, sampling }), toArray()))
    expect(out).toMatchObject([left('rollout', 'batch 0', 'TooLong')] as object[])
  })
})

describe('reading and scoring', () => {
  test('texts by process, without the end mark; malformed processes are null', async () => {
    const [out] = rights(
      await run(S.readRollouts(videoP2R, tokenizer), [
        grouped('a', chain('seen'), '<observation>seen</observation><think>x</think>'),
      ]),
    )
    expect(out?.rollouts[0]).toMatchObject({
      text: chain('seen'),
      processes: { perception: { observation: 'seen' }, reasoning: { answer: '7' } },
    })
    expect(out?.rollouts[0]?.assignment.owners).toHaveLength(chain('seen').length + 1)
    expect(out?.rollouts[1]?.processes).toMatchObject({ perception: { observation: 'seen' }, reasoning: null })
  })

  test('each process its own accuracy and format', async () => {
    const [out] = rights(await run(score, [grouped('a', chain('enough'), chain('little', '8'), 'nothing')]))
    expect(out?.rewards.raw.rewards).toEqual({ perception: [2, 1, 0], reasoning: [2, 1, 0] })
    expect(out?.rewards.parts.perception.map(p => p.accuracy)).toEqual([1, 0, 0])
  })

  test('an unreadable judgement leaves the rollout unscored for its process alone', async () => {
    const [out] = rights(await run(score, [grouped('a', chain('fault Unreadable'), chain('enough'), chain('little'))]))
    expect(out?.rewards.raw.rewards).toEqual({ perception: [null, 2, 1], reasoning: [2, 2, 2] })
    const [normalised] = paGrpo()([out?.rewards.raw as never]) as readonly { advantages: Record<K, Float64Array> }[]
    expect(normalised?.advantages.perception[0]).toBe(0)
    expect((normalised?.advantages.perception[1] ?? 0) > 0).toBe(true)
  })

  test.each(['NoKey', 'BadCache'])(
    "the judge's %s, which cannot get better, is a Left of the group, the others go on",
    async tag => {
      const out = await run(score, [
        grouped('a', chain(`fault ${tag}`), chain('enough')),
        grouped('b', chain('enough'), chain('little')),
      ])
      expect(out[0]).toMatchObject(left('score', 'a', tag) as object)
      expect(E.isRight(out[1] as never)).toBe(true)
    },
  )

  test.each(['RateLimited', 'Refused', 'Unreachable'])(
    "the judge's %s costs one rollout its score, or the group where asked",
    async tag => {
      const group = grouped('a', chain(`fault ${tag}`), chain('enough'), chain('little'))
      const [out] = rights(await run(score, [group]))
      expect(out?.rewards.raw.rewards).toEqual({ perception: [null, 2, 1], reasoning: [2, 2, 2] })
      expect(await run(scoring({ onFault: 'fail' }), [group])).toMatchObject([left('score', 'a', tag)] as object[])
    },
  )

  test('a truth that its type cannot score is a Left, never 0', async () => {
    const bad = { ...grouped('a', chain('enough'), chain('enough')), record: recordOf('a', { answer: 'seven' }) }
    const [out] = await run(score, [bad])
    expect(out).toMatchObject(E.left({ stage: 'score', item: 'a' }))
  })

  test('a group of one is a Left', async () => {
    expect(await run(score, [grouped('a', chain('enough'))])).toMatchObject([
      left('score', 'a', 'GroupTooSmall'),
    ] as object[])
  })
})

describe('advantage and update', () => {
  type Scored = Sampled & S.HasRollouts<K, T> & S.HasRewards<K>
  const groups = [grouped('a', chain('enough'), chain('little', '8')), grouped('b', chain('enough'), chain('enough'))]
  const learn = (engine: Engine, reference?: Engine, beta = reference === undefined ? 0 : 0.04) =>
    pipeline(
      'learn',
      batch<Scored>(2),
      S.advantage(paGrpo()),
      S.policyUpdate({
        engine,
        loss: { beta },
        learningRate: step => 0.1 / (step + 1),
        ...(reference === undefined ? {} : { reference }),
      }),
    )

  test('every token carries the advantage of its process: gradients push what was better', async () => {
    const { engine, calls } = engineOf({})
    const [out] = await through(learn(engine), await run(score, groups))
    expect(out).toMatchObject(E.right({ update: { step: 0, learningRate: 0.1, gradientNorm: 2 } }))
    expect(calls.map(c => c.verb)).toEqual(['forwardBackward', 'optimStep'])
    const { gradient = [] } = (calls[0]?.with ?? {}) as { gradient?: Float64Array[] }
    expect(gradient.map(g => Math.sign(g[15] ?? 0))).toEqual([-1, 1, 0, 0])
    expect(gradient[0]?.length).toBe(chain('enough').length + 1)
  })

  test('a reference is asked for the log-probabilities of the same groups', async () => {
    const reference = engineOf({ logprob: -2 })
    const { engine } = engineOf({ logprob: -1 })
    const [out] = await through(learn(engine, reference.engine), await run(score, groups))
    expect(reference.calls.map(c => c.verb)).toEqual(['logprobs'])
    const kl = Math.exp(-1) + 1 - 1
    expect(rights([out as never])[0]).toMatchObject({ update: { loss: expect.closeTo(0.04 * kl, 6) } })
  })

  test('without a reference, a KL is taken to the engine with its adapter off', async () => {
    const { engine, calls } = engineOf({ logprob: -1 })
    const [out] = await through(learn(engine, undefined, 0.04), await run(score, groups))
    expect(calls.map(c => c.verb)).toEqual(['logprobs', 'forwardBackward', 'optimStep'])
    expect(calls[0]?.with).toMatchObject({ adapter: 'off' })
    expect(rights([out as never])[0]).toMatchObject({ update: { metrics: { kl: 0 } } })
  })

  test('of a real engine under an adapter: the same updates as with a second copy of the weights', async () => {
    await use('wasm')
    const tokens = { image: 252, video: 253, visionStart: 254, visionEnd: 255 }
    const config = { ...tinyConfig, text: { ...tinyConfig.text, vocabSize: 256 }, tokens }
    const optimiser = adamw({ beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0 })
    const shape = { rank: 2, alpha: 4, targets: ['q_proj', 'v_proj'] }
    const make = () => {
      const adapter = initAdapter(config, shape, 1)
      if (E.isLeft(adapter)) throw new Error(adapter.left.cause)
      return tfjsEngine({ config, parameters: initialise(config, 1), adapter: adapter.right, optimiser })
    }
    const [alone, beside, copy] = [make(), make(), make()]
    const scored = await run(score, [...groups, ...groups])
    const updates = async (engine: Engine, reference?: Engine) =>
      rights(await through(learn(engine, reference, 0.04), scored)).map(({ update }) => update)
    const seen = await updates(alone)
    expect(seen).toEqual(await updates(beside, copy))
    expect(seen.map(({ metrics }) => (metrics.kl ?? -1) > 0)).toEqual([false, true])
    for (const engine of [alone, beside, copy]) engine.dispose()
  })

  test('tokens beyond the map are told with record and completion, and the engine is not asked', async () => {
    const { engine, calls } = engineOf({})
    const scored = rights(await run(score, groups)).map((g, i) =>
      i === 0 ? g : { ...g, group: g.group.map((c, j) => (j === 1 ? { ...c, ids: Int32Array.of(...c.ids, 5) } : c)) },
    )
    const [out] = await through(
      learn(engine),
      scored.map(g => E.right(g)),
    )
    expect(out).toMatchObject(left('update', 'batch 0', 'UnequalLengths') as object)
    expect(JSON.stringify(out)).toContain('group \\"b\\": completion 1 has 76 tokens, owners are known of 75')
    expect(calls).toEqual([])
  })

  test.each([
    ['unknown problem type', { problemType: 'essay' as 'numerical' }, 'UnknownProblemType'],
    ['a truth of 10 MB', { answer: '7'.repeat(10_000_000) }, 'AnswerTooLong'],
  ])('%s is a Left that names the record', async (_, more, tag) => {
    const bad = { ...grouped('a', chain('enough'), chain('enough')), record: recordOf('a', more) }
    expect(await run(score, [bad])).toMatchObject([left('score', 'a', tag)] as object[])
  })

  test('an answer that is far too long is a Left that names the record', async () => {
    const bad = grouped('a', chain('enough'), chain('enough', '7'.repeat(300_000)))
    expect(await run(score, [bad])).toMatchObject([left('score', 'a', 'AnswerTooLong')] as object[])
  })

  test("the engine's fault is the batch's, and no step is made", async () => {
    const { engine, calls } = engineOf({ fault: fault('NotFinite', 'NaN', '') })
    const [out] = await through(learn(engine), await run(score, groups))
    expect(out).toMatchObject(left('update', 'batch 0', 'NotFinite') as object)
    expect(calls.map(c => c.verb)).toEqual(['forwardBackward'])
  })

  type Aimed = S.HasRecord & S.HasPrompt & S.HasTarget
  const aimed = (id: string): Aimed => ({ ...item(id), target: Int32Array.of(3, 4, 0) })
  const tune = (engine: Engine, reject: (id: string) => boolean) =>
    pipeline(
      'SFT',
      stage.fromEither({ name: 'check', item: S.recordId }, (a: Aimed) =>
        reject(a.record.id) ? E.left(fault('BadSize', a.record.id, '')) : E.right(a),
      ),
      batch(2),
      S.sftUpdate({ engine, objective: sftLoss(), learningRate: () => 0.5 }),
    )

  test('SFT trains on what is left of a batch and carries what failed', async () => {
    const { engine, calls } = engineOf({ logprob: -2 })
    const out = await run(
      tune(engine, id => id === 'b'),
      ['a', 'b', 'c'].map(aimed),
    )
    expect(out).toMatchObject([
      E.right({ update: { step: 0, loss: 2, learningRate: 0.5 }, failed: [{ item: 'b', stage: 'check' }] }),
      E.right({ update: { step: 1 }, failed: [] }),
    ])
    expect(calls.map(c => c.verb)).toEqual(['forwardBackward', 'optimStep', 'forwardBackward', 'optimStep'])
    expect(calls[0]?.with).toMatchObject({ groups: [{ prompt, completions: [Int32Array.of(3, 4, 0)] }] })
  })

  test('a batch without members is EmptyBatch, and the engine is not asked', async () => {
    const { engine, calls } = engineOf({})
    expect(
      await run(
        tune(engine, () => true),
        ['a', 'b'].map(aimed),
      ),
    ).toMatchObject([left('sft', 'batch 0', 'EmptyBatch')] as object[])
    expect(calls).toEqual([])
  })
})

describe('grade and records', () => {
  test('a grade joins the item; its fault names the record', async () => {
    const given = { accuracy: 1, sufficient: true, faithful: true, wellFormed: true, mismatch: false }
    const graded = pipeline(
      'grade',
      S.readRollouts(videoP2R, tokenizer),
      S.grade((record, { text }) => (text === 'x' ? E.left(fault('BadTruth', record.id, '')) : E.right(given))),
    )
    const out = await run(graded, [grouped('a', chain('enough')), grouped('b', 'x')])
    expect(out[0]).toMatchObject(E.right({ grade: given }))
    expect(out[1]).toMatchObject(left('grade', 'b', 'BadTruth') as object)
  })

  test('a record that cannot be read is a Left of its place; the next follows', async () => {
    async function* read() {
      yield E.right(recordOf('a'))
      yield E.left(fault('BadRecord', 'line 2', ''))
      yield E.right(recordOf('c'))
    }
    const out = await lastValueFrom(S.fromRecords(read()).pipe(toArray()))
    expect(out).toMatchObject([
      E.right({ record: { id: 'a' } }),
      left('read', '#1', 'BadRecord'),
      E.right({ record: { id: 'c' } }),
    ])
  })
})
