import { either as E } from 'fp-ts'
import type { AnyNormaliser, Normalised, Normaliser, Raw, Reward } from 'kinograd/advantage'
import {
  advantageMetrics,
  collapse,
  drGrpo,
  exclude,
  gdpo,
  grpo,
  onlyProcess,
  paGrpo,
  policyLoss,
  rawRewards,
  reinforcePlusPlus,
  rewardMetrics,
  rloo,
  sum,
  tokenAdvantages,
} from 'kinograd/advantage'
import { describe, expect } from 'vitest'
import { fc, test } from '../property.ts'

/** Names that nobody has, names that every object has, and rollouts that are half scored: told, or right. */

const right = <A>(value: E.Either<unknown, A>): A => {
  if (E.isLeft(value)) throw new Error(JSON.stringify(value.left))
  return value.right
}
/** Rewards by entries, so that `__proto__` is a key and not the prototype. */
const group = (entries: readonly (readonly [string, readonly Reward[]])[], name = 'clip 7'): Raw<string> =>
  right(rawRewards<string>(name, Object.fromEntries(entries)))
const one = (normaliser: Normaliser<string>, raw: Raw<string>): Normalised<string> => {
  const made = normaliser([raw]).at(0)
  if (made === undefined) throw new Error('no group')
  return made
}
const families = (weights?: Readonly<Record<string, number>>): Readonly<Record<string, AnyNormaliser>> => {
  const options = weights === undefined ? {} : { weights }
  return {
    sum: sum(options),
    drGrpo: drGrpo(options),
    rloo: rloo(options),
    gdpo: gdpo(options),
    reinforcePlusPlus: reinforcePlusPlus(options),
    'reinforcePlusPlus by the batch': reinforcePlusPlus({ ...options, baseline: 'batch' }),
  }
}
const everyObjectHas = ['constructor', '__proto__', 'toString', 'valueOf', 'hasOwnProperty', '__defineGetter__']

describe('a process with a name that every object has', () => {
  test.each(everyObjectHas)('%s, when it is scored, is a process like any other', name => {
    const raw = group([
      [name, [1, 0]],
      ['reasoning', [0, 1]],
    ])
    const plain = group([
      ['p', [1, 0]],
      ['reasoning', [0, 1]],
    ])
    const all: readonly (readonly [string, AnyNormaliser])[] = [['paGrpo', paGrpo()], ...Object.entries(families())]
    for (const [, normaliser] of all) {
      const [made, wanted] = [one(normaliser, raw), one(normaliser, plain)]
      expect(Object.keys(made.advantages)).toEqual([name, 'reasoning'])
      expect(Object.entries(made.advantages)[0]?.[1]).toEqual(wanted.advantages.p)
      const rows = right(tokenAdvantages(made, [[name, 'reasoning'], [name]]))
      expect(rows).toEqual(right(tokenAdvantages(wanted, [['p', 'reasoning'], ['p']])))
    }
    expect(Object.entries(collapse([raw]).byProcess)).toEqual([
      [name, 0],
      ['reasoning', 0],
    ])
    expect(Object.entries(exclude(raw, i => i === 0).rewards)[0]).toEqual([name, [null, 0]])
    expect(rewardMetrics([raw])[`rewards/${name}/mean`]).toBe(0.5)
    expect(advantageMetrics(paGrpo({ scale: 'none' })([raw]))[`advantages/${name}/smallest`]).toBe(0.5)
    expect(one(grpo({ reward: name }), raw).outside[0]).toBeGreaterThan(0)
    expect(one(sum({ weights: Object.fromEntries([[name, 2]]) }), raw).outside[0]).toBeGreaterThan(0)
    expect(onlyProcess([[name, null]], name)).toEqual([Float64Array.of(1, 0)])
    const { metrics } = policyLoss({ beta: 0, type: 'segment_mean' })({ advantages: [[1]], owners: [[name]] })([
      Float64Array.of(-1),
    ])
    expect(metrics[`entropy/${name}`]).toBe(1)
  })

  test.each(everyObjectHas)('%s, when it is not scored, is told', name => {
    for (const size of [1, 2]) {
      const made: Normalised<string> = {
        _tag: 'Normalised',
        group: 'clip 7',
        size,
        advantages: { reasoning: new Float64Array(size) },
        outside: new Float64Array(size),
      }
      expect(
        tokenAdvantages(
          made,
          Array.from({ length: size }, () => [name]),
        ),
      ).toMatchObject({
        left: {
          _tag: 'UnknownProcess',
          cause: `group "clip 7": token 0 of completion 0 belongs to "${name}", rewards are for reasoning`,
        },
      })
    }
    const raw = group([['reasoning', [1, 0]]])
    expect(() => grpo({ reward: name })([raw])).toThrow(`"${name}", and group "clip 7" has rewards for reasoning`)
  })
})

test('advantages that are fewer than the rollouts are told', () => {
  const made = one(paGrpo(), group([['reasoning', [1, 0]]]))
  const short = { ...made, advantages: { reasoning: Float64Array.of(1) } }
  expect(tokenAdvantages(short, [['reasoning'], ['reasoning']])).toMatchObject({
    left: { _tag: 'UnequalLengths', cause: 'group "clip 7": 1 advantages for "reasoning", and 2 rollouts' },
  })
  expect(tokenAdvantages({ ...made, outside: new Float64Array(0) }, [[null], []])).toMatchObject({
    left: { cause: 'group "clip 7": 0 advantages for tokens outside, and 2 rollouts' },
  })
})

describe('weights', () => {
  const raw = group([
    ['perception', [1, 0]],
    ['reasoning', [0, 1]],
  ])
  test.each(Object.keys(families()))('%s: a name that nobody has, or no number, ends the stream', name => {
    expect(() => families({ percepton: 2 })[name]?.([raw])).toThrow(
      'there is a weight for "percepton", and rewards for perception, reasoning',
    )
    expect(() => families({ constructor: 2 })[name]?.([raw])).toThrow('a weight for "constructor"')
    expect(() => families({ reasoning: Number.NaN })[name]?.([raw])).toThrow('the weight of "reasoning" is NaN')
    expect(families({ percepton: 2 })[name]?.([])).toHaveLength(0)
  })
  test('of collapse are looked at as well', () => {
    expect(() => collapse([raw], { percepton: 1 })).toThrow('there is a weight for "percepton"')
  })
  test.each(Object.keys(families()))('%s: a weight of 0 takes the process out, unscored rewards and all', name => {
    const half = group([
      ['perception', [1, null, 0]],
      ['reasoning', [0, 1, 3]],
    ])
    const without = group([['reasoning', [0, 1, 3]]])
    const made = families({ perception: 0 })[name]
    const alone = families()[name]
    if (made === undefined || alone === undefined) throw new Error('no such family')
    expect(one(made, half).outside).toEqual(one(alone, without).outside)
  })
})

describe('groups of a batch with rewards for different processes', () => {
  const first = group([
    ['perception', [1, 0]],
    ['reasoning', [0, 1]],
  ])
  const more = group(
    [
      ['perception', [1, 0]],
      ['reasoning', [0, 1]],
      ['grounding', [1, 0]],
    ],
    'clip 8',
  )
  const fewer = group([['reasoning', [0, 1]]], 'clip 9')
  const turned = group(
    [
      ['reasoning', [0, 1]],
      ['perception', [1, 0]],
    ],
    'clip 10',
  )
  test.each([['paGrpo', paGrpo()] as const, ...Object.entries(families())])('%s tells them', (_, normaliser) => {
    expect(() => normaliser([first, more])).toThrow(
      'group "clip 8" has rewards for perception, reasoning, grounding, the first of its batch, "clip 7", for perception, reasoning',
    )
    expect(() => normaliser([first, fewer])).toThrow('group "clip 9" has rewards for reasoning')
    expect(normaliser([first, turned]).at(1)?.advantages.reasoning).toHaveLength(2)
  })
  test('metrics tell them', () => {
    expect(() => rewardMetrics([first, fewer])).toThrow('group "clip 9"')
    expect(() => collapse([first, fewer])).toThrow('group "clip 9"')
  })
  test('in another order they are the same', () => {
    const [a, b] = [...paGrpo()([first, turned])]
    expect(b?.advantages).toEqual(a?.advantages)
  })
})

describe('a rollout that is unscored in one process', () => {
  const numRuns = Number(process.env.KINOGRAD_FUZZ_RUNS ?? 100)
  const reward = fc.constantFrom(0, 0.5, 1, 2, 2.2)
  const halfScored = fc
    .tuple(
      fc.array(fc.record({ perception: reward, reasoning: reward, hole: fc.nat(3) }), { minLength: 3, maxLength: 8 }),
      fc.constantFrom('perception', 'reasoning'),
    )
    .map(([rollouts, process]) => ({ rollouts, process }))
  const raws = (rollouts: readonly { perception: Reward; reasoning: Reward }[]): Raw<string> => ({
    _tag: 'Raw',
    group: 'clip 7',
    size: rollouts.length,
    rewards: { perception: rollouts.map(r => r.perception), reasoning: rollouts.map(r => r.reasoning) },
  })

  test.prop([halfScored], { numRuns })(
    'changes nothing for the others, in any family that adds processes up',
    given => {
      const { rollouts, process } = given
      const holed = raws(rollouts.map(r => (r.hole === 0 ? { ...r, [process]: null } : r)))
      const rest = raws(rollouts.filter(r => r.hole !== 0))
      const other = group([
        ['perception', [1, 0]],
        ['reasoning', [2.2, 1]],
      ])
      for (const [name, normaliser] of Object.entries(families())) {
        const [made, wanted] = [normaliser([holed, other]), normaliser([rest, other])]
        const kept = Array.from(made.at(0)?.outside ?? []).filter((_, i) => rollouts[i]?.hole !== 0)
        for (const [i, a] of kept.entries()) expect(a, name).toBeCloseTo(wanted.at(0)?.outside[i] ?? Number.NaN, 9)
        const left = Array.from(made.at(0)?.outside ?? []).filter((_, i) => rollouts[i]?.hole === 0)
        expect(left.every(a => a === 0)).toBe(true)
        expect(made.at(1)?.outside.every((a, i) => Math.abs(a - (wanted.at(1)?.outside[i] ?? Number.NaN)) < 1e-9)).toBe(
          true,
        )
      }
    },
  )

  test.prop([halfScored], { numRuns })('changes nothing for the other process where processes are apart', given => {
    const { rollouts, process } = given
    const holed = raws(rollouts.map(r => (r.hole === 0 ? { ...r, [process]: null } : r)))
    const spared = process === 'perception' ? 'reasoning' : 'perception'
    for (const scale of ['group', 'batch', 'none'] as const)
      expect(one(paGrpo({ scale }), holed).advantages[spared]).toEqual(
        one(paGrpo({ scale }), raws(rollouts)).advantages[spared],
      )
    expect(one(grpo({ reward: spared }), holed).outside).toEqual(one(grpo({ reward: spared }), raws(rollouts)).outside)
  })
})
