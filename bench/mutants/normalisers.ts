import type { Normalised, Normaliser, Raw, Reward } from 'kinograd/advantage'
import { advantageLaws, type FamilyPromises, paGrpoPromises } from 'kinograd/laws'
import { type Faulty, faultsOf } from './faulty.ts'
import {
  byProcess,
  centred,
  equal,
  fromBatch,
  fromSums,
  kept,
  mean,
  type Numbers,
  onAll,
  overScored,
  result,
  scored,
  standard,
  std,
  summed,
  type Two,
} from './normaliser-parts.ts'

const two = ['perception', 'reasoning'] as const
const right = byProcess(standard)
const batchOf = (f: (batch: readonly Raw<Two>[]) => readonly Normalised<Two>[]): Normaliser<Two> => f
const listed = (batch: readonly Raw<Two>[]): readonly Normalised<Two>[] => [...right(batch)]
const squares = (x: Numbers): number => mean(x.map(v => v * v))
const median = (x: Numbers): number => x.toSorted((a, b) => a - b)[x.length >> 1] ?? 0
const floats = (x: Numbers): Numbers => x.map(Math.fround)
/** A sum in float32. */
const sum32 = (x: Numbers): number => x.reduce((s, v) => Math.fround(s + v), 0)
const shared = new Float64Array(256)
let calls = 0

/** PA-GRPO done wrong. */
const routed: readonly (readonly [string, string, Normaliser<Two>])[] = [
  ['the last group dropped', 'one advantage a rollout', batch => listed(batch).slice(0, -1)],
  [
    'the last group dropped from 9 groups on',
    'one advantage a rollout',
    batch => listed(batch).slice(0, batch.length > 8 ? -1 : undefined),
  ],
  [
    'the first group given twice',
    'one advantage a rollout',
    batchOf(batch => listed([...batch.slice(0, 1), ...batch])),
  ],
  [
    'groups merged by id',
    'one advantage a rollout',
    batch => listed([...new Map(batch.map(raw => [raw.group, raw])).values()]),
  ],
  [
    'the mean of all groups of one id',
    'a batch is the map over its groups',
    batchOf(batch =>
      batch.map(raw => {
        const same = batch.filter(({ group }) => group === raw.group)
        const of = (k: Two): Float64Array => {
          const all = same.flatMap(one => scored(one.rewards[k]))
          return overScored(raw.rewards[k], x =>
            equal(x) ? x.map(() => 0) : x.map(v => (v - mean(all)) / (std(x) + 1e-4)),
          )
        }
        return result(raw, { perception: of('perception'), reasoning: of('reasoning') })
      }),
    ),
  ],
  [
    'the mean of the batch',
    'a batch is the map over its groups',
    batchOf(batch =>
      batch.map(raw => {
        const of = (k: Two): Float64Array => {
          const all = batch.flatMap(one => scored(one.rewards[k]))
          return overScored(raw.rewards[k], x =>
            equal(x) ? x.map(() => 0) : x.map(v => (v - mean(all)) / (std(x) + 1e-4)),
          )
        }
        return result(raw, { perception: of('perception'), reasoning: of('reasoning') })
      }),
    ),
  ],
  [
    'the deviation of the batch',
    'a batch is the map over its groups',
    batchOf(batch =>
      batch.map(raw => {
        const of = (k: Two): Float64Array =>
          overScored(raw.rewards[k], x =>
            centred(x).map(v => v / (std(batch.flatMap(one => scored(one.rewards[k]))) + 1e-4)),
          )
        return result(raw, { perception: of('perception'), reasoning: of('reasoning') })
      }),
    ),
  ],
  ['n for n − 1 from 17 rollouts on', 'definition', byProcess(x => standard(x, x.length > 16 ? 0 : 1))],
  ['n for n − 1 from 65 rollouts on', 'definition', byProcess(x => standard(x, x.length > 64 ? 0 : 1))],
  ['no deviation from 33 rollouts on', 'definition', byProcess(x => (x.length > 32 ? centred(x) : standard(x)))],
  ['n − 2', 'definition', byProcess(x => standard(x, x.length > 2 ? 2 : 1))],
  ['epsilon 1e-8', 'definition', byProcess(x => standard(x, 1, 1e-8))],
  ['epsilon 1e-3', 'definition', byProcess(x => standard(x, 1, 1e-3))],
  [
    'the greater of deviation and epsilon',
    'definition',
    byProcess(x => (equal(x) ? x.map(() => 0) : x.map(v => (v - mean(x)) / Math.max(std(x), 1e-4)))),
  ],
  [
    'epsilon in the numerator',
    'a constant group is exactly 0',
    byProcess(x => x.map(v => (v - mean(x) + 1e-9) / (std(x) + 1e-4))),
  ],
  [
    'epsilon under the root',
    'definition',
    byProcess(x => (equal(x) ? x.map(() => 0) : x.map(v => (v - mean(x)) / Math.sqrt(std(x) ** 2 + 1e-8)))),
  ],
  [
    'a one-pass variance',
    'definition',
    byProcess(x => {
      const v = (Math.max(0, squares(x) - mean(x) ** 2) * x.length) / Math.max(1, x.length - 1)
      return equal(x) ? x.map(() => 0) : x.map(r => (r - mean(x)) / (Math.sqrt(v) + 1e-4))
    }),
  ],
  [
    'float32 inside',
    'definition',
    byProcess(x => {
      const f = floats(x)
      const m = Math.fround(sum32(f) / f.length)
      const s = Math.fround(Math.sqrt(sum32(f.map(v => Math.fround((v - m) ** 2))) / Math.max(1, f.length - 1)))
      return equal(x) ? x.map(() => 0) : f.map(v => Math.fround((v - m) / (s + 1e-4)))
    }),
  ],
  ['rounded to six digits', 'definition', byProcess(x => standard(x).map(v => Number(v.toPrecision(6))))],
  ['a group of two left out', 'order', byProcess(x => (x.length === 2 ? [0, 0] : standard(x)))],
  ['clipped to ±2', 'zero sum', byProcess(x => standard(x).map(v => Math.max(-2, Math.min(2, v))))],
  ['clipped to ±10', 'definition', byProcess(x => standard(x).map(v => Math.max(-10, Math.min(10, v))))],
  [
    'the median',
    'zero sum',
    byProcess(x => (equal(x) ? x.map(() => 0) : x.map(v => (v - median(x)) / (std(x) + 1e-4)))),
  ],
  [
    'the mean without the best',
    'zero sum',
    byProcess(x => {
      const m = (x.reduce((s, v) => s + v, 0) - Math.max(...x)) / Math.max(1, x.length - 1)
      return equal(x) ? x.map(() => 0) : x.map(v => (v - m) / (std(x) + 1e-4))
    }),
  ],
  [
    'the deviation about the others',
    'definition',
    byProcess(x => standard(x).map(v => (v * x.length) / Math.max(1, x.length - 1))),
  ],
  ['small deviations taken for none', 'definition', byProcess(x => (std(x) < 1e-3 ? x.map(() => 0) : standard(x)))],
  ['absolute advantages', 'order', byProcess(x => standard(x).map(Math.abs))],
  ['negative ones left out', 'order', byProcess(x => standard(x).map(v => Math.max(0, v)))],
  ['negative ones halved', 'zero sum', byProcess(x => standard(x).map(v => (v < 0 ? v / 2 : v)))],
  [
    'all ones for equal rewards',
    'a constant group is exactly 0',
    byProcess(x => (equal(x) ? x.map(() => 1) : standard(x))),
  ],
  [
    'a constant group by its deviation',
    'a constant group is exactly 0',
    byProcess(x => (x.length < 2 ? x.map(() => 0) : x.map(v => (v - mean(x)) / (std(x) + 1e-12)))),
  ],
  [
    'unscored ones counted in the mean',
    'unscored members change nothing for the rest',
    batchOf(batch =>
      batch.map(raw => {
        const of = (given: readonly Reward[]): Float64Array =>
          overScored(given, x =>
            equal(x) ? x.map(() => 0) : x.map(v => (v - x.reduce((s, r) => s + r, 0) / given.length) / (std(x) + 1e-4)),
          )
        return result(raw, { perception: of(raw.rewards.perception), reasoning: of(raw.rewards.reasoning) })
      }),
    ),
  ],
  [
    'unscored ones get the least',
    'unscored members change nothing for the rest',
    batchOf(batch =>
      batch.map((raw, i) => {
        const made = listed(batch)[i]!
        const of = (k: Two): Float64Array =>
          made.advantages[k].map((a, j) => (raw.rewards[k][j] === null ? Math.min(...made.advantages[k]) : a))
        return result(raw, { perception: of('perception'), reasoning: of('reasoning') })
      }),
    ),
  ],
  [
    'a rollout unscored in one process left out of both',
    'processes are independent',
    batchOf(batch =>
      batch.map(raw => {
        const both = raw.rewards.perception.map((p, i) => p !== null && raw.rewards.reasoning[i] !== null)
        const of = (k: Two): Float64Array =>
          overScored(
            raw.rewards[k].map((r, i) => (both[i] ? r : null)),
            standard,
          )
        return result(raw, { perception: of('perception'), reasoning: of('reasoning') })
      }),
    ),
  ],
  [
    'the deviation of the other process where its own is small',
    'processes are independent',
    batchOf(batch =>
      batch.map(raw => {
        const [p, r] = [scored(raw.rewards.perception), scored(raw.rewards.reasoning)]
        const of =
          (x: Numbers, other: Numbers): ((v: Numbers) => Numbers) =>
          () =>
            equal(x) ? x.map(() => 0) : centred(x).map(v => v / ((std(x) < 0.1 ? std(other) : std(x)) + 1e-4))
        return result(raw, {
          perception: overScored(raw.rewards.perception, of(p, r)),
          reasoning: overScored(raw.rewards.reasoning, of(r, p)),
        })
      }),
    ),
  ],
  [
    'tokens outside get the mean of both',
    'nothing outside',
    batchOf(batch =>
      listed(batch).map(n => ({
        ...n,
        outside: n.advantages.perception.map((a, i) => (a + (n.advantages.reasoning[i] ?? 0)) / 2),
      })),
    ),
  ],
  [
    'one buffer for all calls',
    'a result stays as it is',
    batchOf(batch =>
      listed(batch).map((n, i) => {
        if (i > 0) return n
        shared.set(n.advantages.perception)
        return { ...n, advantages: { ...n.advantages, perception: shared.subarray(0, n.size) } }
      }),
    ),
  ],
  [
    'one buffer for all groups',
    'one by one or all at once',
    batch => {
      const all = listed(batch)
      const buffer = new Float64Array(256)
      const at = (i: number): Normalised<Two> | undefined => {
        const n = all[i]
        if (n === undefined) return undefined
        buffer.set(n.advantages.reasoning)
        return { ...n, advantages: { ...n.advantages, reasoning: buffer.subarray(0, n.size) } }
      }
      return { length: all.length, at, [Symbol.iterator]: () => all.map((_, i) => at(i)!)[Symbol.iterator]() }
    },
  ],
  [
    'at() one too far',
    'one by one or all at once',
    batch => {
      const all = listed(batch)
      return { length: all.length, at: i => all[i + 1], [Symbol.iterator]: () => all[Symbol.iterator]() }
    },
  ],
  [
    'at() never ends',
    'one by one or all at once',
    batch => {
      const all = listed(batch)
      return {
        length: all.length,
        at: i => all[Math.min(i, all.length - 1)],
        [Symbol.iterator]: () => all[Symbol.iterator](),
      }
    },
  ],
  [
    'every hundredth call forgets to divide',
    'no memory',
    batch => (++calls % 100 === 0 ? byProcess(centred) : right)(batch),
  ],
  [
    'throws for equal rewards',
    'one advantage a rollout',
    byProcess(x => {
      if (equal(x)) throw new Error('no spread')
      return standard(x)
    }),
  ],
  [
    'too few advantages from 100 rollouts on',
    'one advantage a rollout',
    batchOf(batch =>
      listed(batch).map(n =>
        n.size > 99
          ? result(n as never, { perception: n.advantages.perception.slice(0, 100), reasoning: n.advantages.reasoning })
          : n,
      ),
    ),
  ],
  ['rewards above 1 cut off', 'order', byProcess(x => standard(x.map(v => Math.min(1, v))))],
  ['rewards below 0 cut off', 'order', byProcess(x => standard(x.map(v => Math.max(0, v))))],
  ['rewards rounded to hundredths', 'shift', byProcess(x => standard(x.map(v => Math.round(v * 100) / 100)))],
  [
    'softmax in place of standardising',
    'definition',
    byProcess(x => {
      const e = x.map(v => Math.exp(v - Math.max(...x)))
      return equal(x) ? x.map(() => 0) : e.map(v => (v / e.reduce((s, w) => s + w, 0) - 1 / x.length) * x.length)
    }),
  ],
]

const family = (promises: FamilyPromises) => (normaliser: Normaliser<Two>) => advantageLaws(normaliser, promises, two)

const parts = (raw: Raw<Two>, ddof: 0 | 1, perception = 1, reasoning = 1): readonly Reward[] => {
  const both = summed(raw)
  const own = (k: Two): ArrayLike<number> =>
    overScored(
      raw.rewards[k].map((r, i) => (both[i] === null ? null : r)),
      x => standard(x, ddof),
    )
  const [p, r] = [own('perception'), own('reasoning')]
  return kept(
    both,
    both.map((_, i) => perception * (p[i] ?? 0) + reasoning * (r[i] ?? 0)),
  )
}

/** The other families done wrong. */
const families: readonly Faulty[] = [
  ...faultsOf('gdpo', family({ family: 'gdpo' }), [
    [
      'once over the group, not the batch',
      'definition',
      batch => batch.map(raw => onAll(raw, overScored(parts(raw, 1), standard))),
    ],
    [
      'not once more',
      'definition',
      batch =>
        batch.map(raw =>
          onAll(
            raw,
            Float64Array.from(parts(raw, 1), r => r ?? 0),
          ),
        ),
    ],
    ['the sum of raw rewards over the batch', 'definition', fromBatch(summed, standard)],
    ['n in the parts', 'definition', fromBatch(raw => parts(raw, 0), standard)],
    ['one process twice as heavy', 'definition', fromBatch(raw => parts(raw, 1, 2), standard)],
    [
      'a rollout unscored in one process counts in the other',
      'definition',
      fromBatch(raw => {
        const both = summed(raw)
        const own = (k: Two): Float64Array => overScored(raw.rewards[k], standard)
        const [p, r] = [own('perception'), own('reasoning')]
        return kept(
          both,
          both.map((_, i) => (p[i] ?? 0) + (r[i] ?? 0)),
        )
      }, standard),
    ],
    [
      'groups of one id are one',
      'definition',
      batch =>
        fromBatch(raw => {
          const same = batch.filter(({ group }) => group === raw.group).flatMap(one => scored(summed(one)))
          return kept(
            summed(raw),
            overScored(summed(raw), x => x.map(v => (equal(same) ? 0 : (v - mean(same)) / (std(same) + 1e-4)))),
          )
        }, standard)(batch),
    ],
  ]),
  ...faultsOf('rloo', family({ family: 'rloo' }), [
    ['the mean of all', 'definition', fromSums(centred)],
    [
      'divided by the deviation',
      'definition',
      fromSums(x => standard(x).map(v => (v * x.length) / Math.max(1, x.length - 1))),
    ],
    [
      'the others counted with itself',
      'shift',
      fromSums(x => (equal(x) ? x.map(() => 0) : x.map(v => v - (x.reduce((s, r) => s + r, 0) - v) / x.length))),
    ],
    [
      'one process only',
      'definition',
      fromSums(x => centred(x).map(v => (v * x.length) / Math.max(1, x.length - 1)), 1, 0),
    ],
  ]),
  ...faultsOf('dr_grpo', family({ family: 'drGrpo' }), [
    ['divided by the deviation', 'definition', fromSums(standard)],
    ['divided by the size of the group', 'definition', fromSums(x => centred(x).map(v => v / x.length))],
    ['the mean of both processes', 'definition', fromSums(centred, 0.5, 0.5)],
  ]),
  ...faultsOf('grpo', family({ family: 'grpo', reward: 'reasoning' }), [
    ['the other reward', 'definition', fromSums(standard, 1, 0)],
    ['both rewards', 'definition', fromSums(standard)],
  ]),
  ...faultsOf('sum', family({ family: 'sum', weights: { perception: 0.5, reasoning: 2 } }), [
    ['weights left out', 'definition', fromSums(standard)],
    ['weights swapped', 'definition', fromSums(standard, 2, 0.5)],
    [
      'each process first',
      'definition',
      batch =>
        batch.map(raw =>
          onAll(
            raw,
            Float64Array.from(parts(raw, 1, 0.5, 2), r => r ?? 0),
          ),
        ),
    ],
  ]),
  ...faultsOf('leave-one-out deviation', family({ family: 'leaveOneOut' }), [
    [
      'the deviation of all',
      'definition',
      fromSums(x => standard(x).map(v => (v * x.length) / Math.max(1, x.length - 1))),
    ],
    [
      'the mean of all',
      'definition',
      fromSums(x =>
        equal(x) ? x.map(() => 0) : x.map((v, i) => (v - mean(x)) / (std(x.filter((_, j) => j !== i)) + 1e-4)),
      ),
    ],
  ]),
  ...faultsOf('REINFORCE++', family({ family: 'reinforcePlusPlus' }), [
    [
      'the mean of the group first',
      'definition',
      fromBatch(raw => kept(summed(raw), overScored(summed(raw), centred)), standard),
    ],
    ['no deviation', 'definition', fromBatch(summed, centred)],
  ]),
  ...faultsOf('REINFORCE++ with a group baseline', family({ family: 'reinforcePlusPlusBaseline' }), [
    ['no baseline', 'definition', fromBatch(summed, standard)],
    ['the deviation of the group', 'definition', fromSums(standard)],
  ]),
  ...faultsOf('pass@k', family({ family: 'passAtK', k: 2 }), [
    ['plain GRPO', 'definition', fromSums(standard)],
    [
      'wrong ones as if none were right',
      'definition',
      fromSums(x => {
        const [n, w] = [x.length, x.filter(v => v <= 0).length]
        const fail = (w * (w - 1)) / (n * (n - 1))
        const sigma = Math.sqrt(fail * (1 - fail))
        return sigma === 0 || n < 2 ? x.map(() => 0) : x.map(v => (v > 0 ? fail : fail - 1) / sigma)
      }),
    ],
  ]),
  ...faultsOf('GRPO without deviation', family({ family: 'grpo', reward: 'reasoning', scale: 'none' }), [
    ['with deviation', 'definition', fromSums(standard, 0, 1)],
  ]),
]

const paGrpo = (normaliser: Normaliser<Two>) => advantageLaws(normaliser, paGrpoPromises, two)

/** On rewards that are huge, where they were asked for. */
const huge = (normaliser: Normaliser<Two>) =>
  advantageLaws(normaliser, { family: 'paGrpo', range: [-1e307, 1e307] }, two)

export const wrongNormalisers: readonly Faulty[] = [
  ...faultsOf('normaliser', paGrpo, routed),
  ...families,
  ...faultsOf('normaliser of huge rewards', huge, [
    ['squares overflow to infinity', 'definition', right],
    [
      'squares overflow, and are bounded',
      'definition',
      byProcess(x => {
        const m = x.reduce((s, v) => s + v / x.length, 0)
        const s = Math.sqrt(x.reduce((t, v) => t + (v - m) ** 2, 0) / Math.max(1, x.length - 1))
        return equal(x) ? x.map(() => 0) : x.map(v => Math.sign(v - m) * Math.min(1e300, Math.abs(v - m) / (s + 1e-4)))
      }),
    ],
  ]),
]
