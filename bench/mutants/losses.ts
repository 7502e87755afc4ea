import type { LossBatch, Objective } from 'kinograd/advantage'
import { type LossDefinition, objectiveLaws } from 'kinograd/laws'
import { faultsOf } from './faulty.ts'

/** One token as a wrong loss sees it. */
interface Token {
  readonly b: number
  readonly t: number
  readonly lp: number
  readonly old: number
  readonly ref: number
  readonly a: number
  readonly mask: number
  readonly weight: number
  /** Counted tokens of its sequence, and tokens of the longest one, counted or not. */
  readonly length: number
  readonly longest: number
  /** Mean log-ratio of its sequence. */
  readonly drift: number
}

/** What one token adds, and its derivative by the token's own log-probability. */
type Term = readonly [value: number, slope: number]

interface Parts {
  readonly ratio: (token: Token) => number
  readonly term: (token: Token, ratio: number) => Term
  readonly kl: (token: Token, ratio: number) => Term
  readonly share: (token: Token, batch: LossBatch, all: readonly Token[]) => number
  readonly counts: (token: Token) => boolean
  readonly weight: (token: Token) => number
}

const tokensOf = (batch: LossBatch, logprobs: readonly Float64Array[]): readonly Token[] => {
  const longest = Math.max(...logprobs.map(row => row.length))
  return logprobs.flatMap((row, b) => {
    const mask = (t: number): number => batch.mask?.[b]?.[t] ?? 1
    const old = (t: number): number => batch.oldLogprobs?.[b]?.[t] ?? row[t] ?? 0
    const counted = Array.from(row, (lp, t) => [lp, t] as const).filter(([, t]) => mask(t) !== 0)
    const drift = counted.reduce((s, [lp, t]) => s + lp - old(t), 0) / Math.max(1, counted.length)
    return Array.from(row, (lp, t) => ({
      b,
      t,
      lp,
      old: old(t),
      ref: batch.refLogprobs?.[b]?.[t] ?? 0,
      a: batch.advantages[b]?.[t] ?? 0,
      mask: mask(t),
      weight: batch.weights?.[b]?.[t] ?? 1,
      length: counted.length,
      longest,
      drift,
    }))
  })
}

const clip = (w: number, low = 0.8, high = 1.2): number => Math.min(high, Math.max(low, w))

/** −min(w·A, clip(w)·A), and its slope. */
const clipped = ({ a }: Token, w: number, low = 0.8, high = 1.2): Term =>
  w * a <= clip(w, low, high) * a ? [-w * a, -w * a] : [-clip(w, low, high) * a, 0]

/** GRPO with a KL of weight 0.04, from parts that can be exchanged one by one. */
const loss =
  (changed: Partial<Parts> = {}) =>
  (batch: LossBatch): Objective =>
  logprobs => {
    const parts: Parts = {
      ratio: ({ lp, old }) => Math.exp(lp - old),
      term: (token, w) => clipped(token, w),
      kl: ({ lp, ref }) => [Math.exp(ref - lp) - (ref - lp) - 1, 1 - Math.exp(ref - lp)],
      share: ({ length }, { totals }) => 1 / ((totals?.sequences ?? logprobs.length) * Math.max(1, length)),
      counts: ({ mask }) => mask !== 0,
      weight: ({ weight }) => weight,
      ...changed,
    }
    const all = tokensOf(batch, logprobs)
    const gradient = logprobs.map(row => new Float64Array(row.length))
    let total = 0
    for (const token of all) {
      if (!parts.counts(token)) continue
      const ratio = parts.ratio(token)
      const [value, slope] = parts.term(token, ratio)
      const [kl, klSlope] = parts.kl(token, ratio)
      const [share, weight] = [parts.share(token, batch, all), parts.weight(token)]
      total += share * (weight * value + 0.04 * kl)
      gradient[token.b]![token.t] = share * (weight * slope + 0.04 * klSlope)
    }
    return { loss: total, gradient, metrics: {} }
  }

/** The right one, so that a law which refuses it is seen. */
export const plainGrpo = loss()

const counted = (all: readonly Token[]): number => all.filter(({ mask }) => mask !== 0).length
const none: Term = [0, 0]
const by = (definition: LossDefinition) => (make: (batch: LossBatch) => Objective) =>
  objectiveLaws(make, { definition })
const grpo = by({ type: 'grpo' })
const free = (made: Partial<Parts>) => loss({ kl: () => none, ...made })

type Make = (batch: LossBatch) => Objective
type Wrong = readonly [string, string, (batch: LossBatch) => Objective]

const clips: readonly Wrong[] = [
  ['no clip', 'definition', free({ term: ({ a }, w) => [-w * a, -w * a] })],
  [
    'clipped for good advantages only, above only',
    'definition',
    free({ term: (token, w) => (token.a > 0 ? clipped(token, w) : [-w * token.a, -w * token.a]) }),
  ],
  [
    'clip on the wrong side for negative advantages',
    'definition',
    free({
      term: (token, w) =>
        token.a >= 0 ? clipped(token, w) : w < 1.2 ? [-w * token.a, -w * token.a] : [-1.2 * token.a, 0],
    }),
  ],
  [
    'the greater of both',
    'definition',
    free({ term: ({ a }, w) => (w * a >= clip(w) * a ? [-w * a, -w * a] : [-clip(w) * a, 0]) }),
  ],
  [
    'clipped on both sides for both signs',
    'definition',
    free({ term: ({ a }, w) => (w === clip(w) ? [-w * a, -w * a] : [-clip(w) * a, 0]) }),
  ],
  ['clipped below only', 'definition', free({ term: (token, w) => clipped(token, w, 0.8, 99) })],
  ['clipped above only', 'definition', free({ term: (token, w) => clipped(token, w, 0, 1.2) })],
  ['a wider clip', 'definition', free({ term: (token, w) => clipped(token, w, 0.7, 1.3) })],
  ['a wider clip above', 'definition', free({ term: (token, w) => clipped(token, w, 0.8, 1.28) })],
  [
    'the log-ratio clipped',
    'definition',
    free({ term: (token, w) => clipped(token, w, Math.exp(-0.2), Math.exp(0.2)) }),
  ],
  [
    'a slope through the clip',
    'the gradient is the slope of the loss',
    free({ term: (token, w) => [clipped(token, w)[0], -w * token.a] }),
  ],
  [
    'the ratio left out of the slope',
    'the gradient is the slope of the loss',
    free({ term: (token, w) => [clipped(token, w)[0], clipped(token, w)[1] === 0 ? 0 : -token.a] }),
  ],
  ['old policy ignored', 'definition', free({ ratio: () => 1, term: ({ a }) => [-a, -a] })],
  ['the ratio upside down', 'definition', free({ ratio: ({ lp, old }) => Math.exp(old - lp) })],
  ['the ratio to the reference', 'definition', free({ ratio: ({ lp, ref }) => Math.exp(lp - ref) })],
  ['the ratio not exponentiated', 'definition', free({ ratio: ({ lp, old }) => 1 + lp - old })],
  [
    'the ratio of the sequence',
    'definition',
    free({ ratio: ({ drift }) => Math.exp(drift), term: (token, w) => clipped(token, w) }),
  ],
  [
    'the advantage of the first token',
    'definition',
    batch => free({})({ ...batch, advantages: batch.advantages.map(row => Array.from(row, () => row[0] ?? 0)) }),
  ],
  [
    'advantages normalised once more',
    'a good token is never pushed down',
    batch => {
      const all = batch.advantages.flatMap((row, b) => Array.from(row).filter((_, t) => batch.mask?.[b]?.[t] !== 0))
      const m = all.reduce((s, a) => s + a, 0) / Math.max(1, all.length)
      return free({})({ ...batch, advantages: batch.advantages.map(row => Array.from(row, a => a - m)) })
    },
  ],
  [
    'advantages of 0 pushed up',
    'no advantage, no gradient',
    free({ term: (token, w) => clipped({ ...token, a: token.a === 0 ? 1e-3 : token.a }, w) }),
  ],
  [
    'negative advantages left out',
    'definition',
    free({ term: (token, w) => (token.a < 0 ? none : clipped(token, w)) }),
  ],
  ['half the loss', 'definition', free({ weight: ({ weight }) => weight / 2 })],
  [
    'the sign of the loss turned, not of the gradient',
    'definition',
    free({ term: (token, w) => [-clipped(token, w)[0], clipped(token, w)[1]] }),
  ],
]

const means: readonly Wrong[] = [
  [
    'totals ignored',
    'definition',
    free({ share: ({ length, b }, _, all) => 1 / (new Set(all.map(x => x.b)).size * Math.max(1, length) + 0 * b) }),
  ],
  [
    'division by the longest completion',
    'padding changes nothing',
    free({
      share: ({ longest }, { totals }, all) => 1 / ((totals?.sequences ?? new Set(all.map(x => x.b)).size) * longest),
    }),
  ],
  ['division by the tokens of the batch', 'definition', free({ share: (_, __, all) => 1 / Math.max(1, counted(all)) })],
  [
    'tokens of the mask counted in the length',
    'padding changes nothing',
    free({
      share: ({ b }, { totals }, all) =>
        1 / ((totals?.sequences ?? new Set(all.map(x => x.b)).size) * all.filter(x => x.b === b).length),
    }),
  ],
  [
    'sequences without tokens left out of the mean',
    'definition',
    free({
      share: ({ length }, { totals }, all) =>
        1 / ((totals?.sequences ?? new Set(all.filter(x => x.mask !== 0).map(x => x.b)).size) * Math.max(1, length)),
    }),
  ],
  ['the sum over sequences', 'definition', free({ share: ({ length }) => 1 / Math.max(1, length) })],
  [
    'the sum over tokens',
    'definition',
    free({ share: (_, { totals }, all) => 1 / (totals?.sequences ?? new Set(all.map(x => x.b)).size) }),
  ],
  [
    'totals.tokens for totals.sequences',
    'definition',
    free({
      share: ({ length }, { totals }, all) =>
        1 / ((totals?.tokens ?? new Set(all.map(x => x.b)).size) * Math.max(1, length)),
    }),
  ],
  ['every token counted', 'what does not count has no gradient', free({ counts: () => true })],
  ['the first token left out', 'definition', free({ counts: ({ mask, t }) => mask !== 0 && t > 0 })],
  [
    'the last sequence left out',
    'definition',
    batch => free({ counts: ({ mask, b }) => mask !== 0 && (b === 0 || b < batch.advantages.length - 1) })(batch),
  ],
  ['tokens beyond the fourth left out', 'definition', free({ counts: ({ mask, t }) => mask !== 0 && t < 4 })],
  ['weights ignored', 'definition', free({ weight: () => 1 })],
  ['weights squared', 'definition', free({ weight: ({ weight }) => weight ** 2 })],
  ['weights bounded by 1', 'definition', free({ weight: ({ weight }) => Math.min(1, weight) })],
  [
    '0 · NaN behind the mask',
    'padding changes nothing',
    free({ counts: () => true, weight: ({ weight, mask }) => (mask === 0 ? 0 : weight) }),
  ],
]

const kls: readonly Wrong[] = [
  [
    'the sign turned',
    'definition',
    loss({ kl: ({ lp, ref }) => [-(Math.exp(ref - lp) - (ref - lp) - 1), Math.exp(ref - lp) - 1] }),
  ],
  [
    'the other direction',
    'definition',
    loss({ kl: ({ lp, ref }) => [Math.exp(lp - ref) - (lp - ref) - 1, Math.exp(lp - ref) - 1] }),
  ],
  ['k1', 'definition', loss({ kl: ({ lp, ref }) => [lp - ref, 1] })],
  ['k2', 'definition', loss({ kl: ({ lp, ref }) => [(lp - ref) ** 2 / 2, lp - ref] })],
  ['the absolute difference', 'definition', loss({ kl: ({ lp, ref }) => [Math.abs(lp - ref), Math.sign(lp - ref)] })],
  [
    'without the − 1',
    'definition',
    loss({ kl: ({ lp, ref }) => [Math.exp(ref - lp) - (ref - lp), 1 - Math.exp(ref - lp)] }),
  ],
  [
    'to the old policy',
    'definition',
    loss({ kl: ({ lp, old }) => [Math.exp(old - lp) - (old - lp) - 1, 1 - Math.exp(old - lp)] }),
  ],
  [
    'of the old policy to the reference',
    'definition',
    loss({ kl: ({ old, ref }) => [Math.exp(ref - old) - (ref - old) - 1, 0] }),
  ],
  [
    'another beta',
    'definition',
    loss({ kl: ({ lp, ref }) => [1.25 * (Math.exp(ref - lp) - (ref - lp) - 1), 1.25 * (1 - Math.exp(ref - lp))] }),
  ],
  ['left out', 'definition', loss({ kl: () => none })],
  [
    'no gradient',
    'the gradient is the slope of the loss',
    loss({ kl: ({ lp, ref }) => [Math.exp(ref - lp) - (ref - lp) - 1, 0] }),
  ],
  [
    'bounded at 0.5',
    'definition',
    loss({
      kl: ({ lp, ref }) =>
        ref - lp > 0.5 ? [Math.exp(0.5) - 1.5, 0] : [Math.exp(ref - lp) - (ref - lp) - 1, 1 - Math.exp(ref - lp)],
    }),
  ],
  [
    'over positions of the batch, not of the sequence',
    'padding changes nothing',
    batch =>
      loss({
        kl: ({ lp, b, t }) => {
          const ref = batch.refLogprobs?.[(b + 1) % batch.advantages.length]?.[t] ?? lp
          return [Math.exp(ref - lp) - (ref - lp) - 1, 1 - Math.exp(ref - lp)]
        },
      })(batch),
  ],
  [
    'times the weights',
    'definition',
    loss({
      kl: ({ lp, ref, weight }) => [weight * (Math.exp(ref - lp) - (ref - lp) - 1), weight * (1 - Math.exp(ref - lp))],
    }),
  ],
  [
    'where the advantage is not 0 only',
    'definition',
    loss({ kl: ({ lp, ref, a }) => (a === 0 ? none : [Math.exp(ref - lp) - (ref - lp) - 1, 1 - Math.exp(ref - lp)]) }),
  ],
]

const byToken = (tokens: (batch: LossBatch, all: readonly Token[]) => number): Partial<Parts> => ({
  share: (_, batch, all) => 1 / Math.max(1, tokens(batch, all)),
})

export const wrongLosses = [
  ...faultsOf('loss', by({ type: 'grpo', beta: 0 }), [...clips, ...means]),
  ...faultsOf('KL', grpo, kls),
  ...faultsOf('dapo', by({ type: 'dapo', beta: 0 }), [
    ['totals ignored', 'definition', free(byToken((_, all) => counted(all)))],
    [
      'masked tokens counted',
      'padding changes nothing',
      free(byToken(({ totals }, all) => totals?.tokens ?? all.length)),
    ],
    ['means of sequences', 'definition', free({})],
  ]),
  ...faultsOf('dr_grpo', by({ type: 'dr_grpo', beta: 0, maxCompletionLength: 16 }), [
    [
      'by the longest at hand',
      'padding changes nothing',
      free({
        share: ({ longest }, { totals }, all) => 1 / ((totals?.sequences ?? new Set(all.map(x => x.b)).size) * longest),
      }),
    ],
    ['by the own length', 'definition', free({})],
    ['not by the sequences', 'definition', free({ share: () => 1 / 16 })],
  ]),
  ...faultsOf('GSPO', by({ type: 'grpo', level: 'sequence', beta: 0 }), [
    ['ratios of tokens', 'definition', free({})],
    [
      'the sum of log-ratios, not the mean',
      'definition',
      free({ ratio: ({ drift, length }) => Math.exp(drift * length), term: (token, w) => clipped(token, w) }),
    ],
  ]),
  ...faultsOf('cispo', by({ type: 'cispo', beta: 0, epsilonHigh: 1.2 }), [
    [
      'not bounded',
      'definition',
      free({
        ...byToken(({ totals }, all) => totals?.tokens ?? counted(all)),
        term: ({ a, lp }, w) => [-w * a * lp, -w * a],
      }),
    ],
    [
      'a slope through the weight',
      'a good token is never pushed down',
      free({
        ...byToken(({ totals }, all) => totals?.tokens ?? counted(all)),
        term: ({ a, lp }, w) => [-Math.min(w, 1.2) * a * lp, -Math.min(w, 1.2) * a * (1 + (w < 1.2 ? lp : 0))],
      }),
    ],
    [
      'bounded below too',
      'definition',
      free({
        ...byToken(({ totals }, all) => totals?.tokens ?? counted(all)),
        term: ({ a, lp }, w) => [-clip(w) * a * lp, -clip(w) * a],
      }),
    ],
  ]),
  ...faultsOf('loss of which nothing is told', (make: Make) => objectiveLaws(make), [...clips, ...means]),
  ...faultsOf(
    'KL of which nothing is told',
    (make: Make) => objectiveLaws(make, { regularised: true }),
    // Which beta it is would have to be told.
    kls.filter(([fault]) => fault !== 'another beta'),
  ),
  ...faultsOf(
    'loss of its own',
    (make: (batch: LossBatch) => Objective) => objectiveLaws(make, { definition: 'own', regularised: true }),
    [
      [
        'totals ignored',
        'parts add up to the whole',
        loss({ share: ({ length }, _, all) => 1 / (new Set(all.map(x => x.b)).size * Math.max(1, length)) }),
      ],
      [
        'the mean advantage of the batch taken off',
        'parts add up to the whole',
        batch => {
          const all = batch.advantages.flatMap((row, b) => Array.from(row).filter((_, t) => batch.mask?.[b]?.[t] !== 0))
          const m = all.reduce((s, a) => s + a, 0) / Math.max(1, all.length)
          return loss()({ ...batch, advantages: batch.advantages.map(row => Array.from(row, a => a - m)) })
        },
      ],
    ],
  ),
]
