import type { LossBatch, LossOptions } from 'kinograd/advantage'
import { policyLoss, sftLoss } from 'kinograd/advantage'
import { describe, expect, test } from 'vitest'

/** Losses, their gradients and their metrics against the formulas written out for one token, and sums done by hand. */

const rows = (...values: readonly (readonly number[])[]) => values.map(row => Float64Array.from(row))
const value = (o: LossOptions, batch: LossBatch, logprobs: readonly (readonly number[])[]) =>
  policyLoss({ beta: 0, ...o })(batch)(rows(...logprobs))

/** The loss of one token by its ratio, from the papers. */
const formulas = {
  grpo: (r: number, a: number, low: number, high: number, delta: number) =>
    -Math.min(Math.min(r, delta) * a, Math.min(Math.max(r, 1 - low), 1 + high) * a),
  sapo: (r: number, a: number) => {
    const temperature = a > 0 ? 2 : 3
    return (-4 / temperature / (1 + Math.exp(-temperature * (r - 1)))) * a
  },
}

describe('one token', () => {
  const ratios = [0.3, 0.75, 0.95, 1.05, 1.25, 1.5, 4]
  const advantages = [-2, -0.5, 0, 0.5, 2]
  const each = ratios.flatMap(r => advantages.map(a => [r, a] as const))
  const slope = (of: (r: number) => number, r: number) => (of(r * (1 + 1e-6)) - of(r * (1 - 1e-6))) / 2e-6

  test.each([null, 2, 1.02])('clipped with delta %j: the loss, and its slope by the log-probability', delta => {
    for (const [r, a] of each) {
      const made = value({ epsilonLow: 0.2, epsilonHigh: 0.3, delta }, { advantages: [[a]], oldLogprobs: [[-1]] }, [
        [Math.log(r) - 1],
      ])
      const of = (ratio: number) => formulas.grpo(ratio, a, 0.2, 0.3, delta ?? Number.POSITIVE_INFINITY)
      expect(made.loss, `ratio ${r}, advantage ${a}`).toBeCloseTo(of(r), 12)
      expect(made.gradient[0]?.[0], `ratio ${r}, advantage ${a}`).toBeCloseTo(slope(of, r), 6)
    }
  })

  test('SAPO: the gate of the sign of the advantage, times 4 over its temperature', () => {
    for (const [r, a] of each) {
      const o = { type: 'sapo', sapoTemperaturePositive: 2, sapoTemperatureNegative: 3 } as const
      const made = value(o, { advantages: [[a]], oldLogprobs: [[-1]] }, [[Math.log(r) - 1]])
      expect(made.loss).toBeCloseTo(formulas.sapo(r, a), 12)
      expect(made.gradient[0]?.[0]).toBeCloseTo(
        slope(ratio => formulas.sapo(ratio, a), r),
        6,
      )
    }
  })

  test('CISPO: the ratio up to its bound of 5, a constant, times advantage and log-probability', () => {
    for (const [r, bounded] of [
      [0.5, 0.5],
      [4, 4],
      [9, 5],
    ] as const) {
      const lp = Math.log(r) - 4
      const made = value({ type: 'cispo' }, { advantages: [[2]], oldLogprobs: [[-4]] }, [[lp]])
      expect(made.loss).toBeCloseTo(-bounded * 2 * lp, 12)
      expect(made.gradient[0]?.[0]).toBeCloseTo(-bounded * 2, 12)
    }
  })

  test('where both branches of the clip are equal they share the gradient, as in torch', () => {
    // The ratio is 1 and so is delta's bound below it: min(w, 0.5)·A against clamp(w, 0.5, 0.5)·A.
    const made = value(
      { epsilonLow: 0.5, epsilonHigh: -0.5, delta: 1 },
      { advantages: [[-2]], oldLogprobs: [[Math.log(2)]] },
      [[0]],
    )
    // The ratio is exactly 0.5: both branches are the ratio itself.
    expect(made.gradient).toEqual(rows([1]))
    const flat = value(
      { epsilonLow: 0.5, epsilonHigh: 0, delta: 1 },
      { advantages: [[2]], oldLogprobs: [[-Math.log(2)]] },
      [[0]],
    )
    // The ratio is 2 and both branches are 1: neither moves with it.
    expect([flat.loss, flat.gradient]).toEqual([-2, rows([0])])
    const half = value({ epsilonLow: 0.5, epsilonHigh: 1, delta: 1 }, { advantages: [[0.5]], oldLogprobs: [[0]] }, [
      [0],
    ])
    expect(half.gradient).toEqual(rows([-0.5]))
  })

  test.each(['grpo', 'cispo', 'sapo'] as const)('%s: a token of weight 0 adds nothing, whatever stands there', type => {
    const made = value({ type }, { advantages: [[1, -1]], weights: [[1, 0]] }, [[-1, Number.NaN]])
    const alone = value({ type }, { advantages: [[1, 0]] }, [[-1, -1]])
    expect(made.loss).toBe(alone.loss)
    expect(made.gradient[0]?.[0]).toBe(alone.gradient[0]?.[0])
    expect(made.gradient[0]?.[1]).toBeCloseTo(0, 15)
  })
})

describe('the mean of each type', () => {
  // Every ratio is 1, so that a token's loss is −A times its share; the masked token would show at once.
  const batch: LossBatch = {
    advantages: [
      [1, 1, 100],
      [3, 5, 7],
    ],
    mask: [
      [1, 1, 0],
      [1, 1, 1],
    ],
    totals: { sequences: 4, tokens: 10 },
  }
  const logprobs = [
    [-1, -2, -3],
    [-1, -2, -3],
  ]
  test.each([
    ['grpo', -(1 + 5) / 4],
    ['sapo', -2 * ((1 + 5) / 4)],
    ['bnpo', -17 / 10],
    ['dapo', -17 / 10],
    ['cispo', (1 * -1 + 1 * -2 + 3 * -1 + 5 * -2 + 7 * -3) / -10],
    ['dr_grpo', -17 / (4 * 5)],
  ] as const)('%s', (type, wanted) => {
    const made = value({ type, maxCompletionLength: 5, sapoTemperaturePositive: 1 }, batch, logprobs)
    expect(made.loss).toBeCloseTo(wanted, 12)
    expect(made.gradient[0]?.[2]).toBe(0)
  })

  test('segment_mean: each process over its own counted tokens, and none for tokens of no process', () => {
    const owners = [['a', 'a', 'a', 'b', null]]
    const made = value({ type: 'segment_mean' }, { advantages: [[1, 2, 50, 5, 9]], mask: [[1, 1, 0, 1, 1]], owners }, [
      [-1, -1, -1, -1, -1],
    ])
    expect(made.loss).toBeCloseTo(-(1.5 + 5), 12)
    expect(made.gradient).toEqual(rows([-0.5, -1, 0, -5, 0]))
  })
})

describe('KL to the reference, e^x − x − 1 with x = reference − log-probability', () => {
  const k3 = (x: number) => Math.exp(x) - x - 1
  const zeros = [
    [0, 0, 0],
    [0, 0],
  ]
  const logprobs = [
    [-1, -2, -1],
    [-1, -3],
  ]
  const refLogprobs = [
    [-1.5, -1, 5],
    [-1, -1],
  ]
  const mask = [
    [1, 1, 0],
    [1, 1],
  ]
  const batch: LossBatch = { advantages: zeros, refLogprobs, mask }
  const kls = [
    [k3(-0.5), k3(1)],
    [k3(0), k3(2)],
  ] as const

  test('its mean, its gradient and its metric', () => {
    const made = value({ beta: 0.5 }, batch, logprobs)
    const sums = kls.map(([a, b]) => a + b)
    expect(made.loss).toBeCloseTo((0.5 * (sums[0]! / 2 + sums[1]! / 2)) / 2, 12)
    const slope = (x: number) => (0.5 / 4) * (1 - Math.exp(x))
    for (const [b, row] of [
      [slope(-0.5), slope(1), 0],
      [slope(0), slope(2)],
    ].entries())
      for (const [t, wanted] of row.entries()) expect(made.gradient[b]?.[t]).toBeCloseTo(wanted, 12)
    expect(made.metrics.kl).toBeCloseTo((sums[0]! + sums[1]!) / 4, 12)
  })
  test('a beta of 0 adds none and has no metric, also where there is a reference', () => {
    const made = value(
      { beta: 0 },
      {
        ...batch,
        owners: [
          ['a', 'a', 'a'],
          ['b', 'b'],
        ],
      },
      logprobs,
    )
    expect(made.loss).toBeCloseTo(0, 15)
    expect(made.gradient.flatMap(row => Array.from(row, Math.abs))).toEqual([0, 0, 0, 0, 0])
    expect(Object.keys(made.metrics).filter(name => name.startsWith('kl'))).toEqual([])
  })
  test('by process', () => {
    const owners = [
      ['a', 'b', 'b'],
      ['a', null],
    ]
    const { metrics } = value({ beta: 0.5 }, { ...batch, owners }, logprobs)
    expect(metrics['kl/a']).toBeCloseTo((kls[0][0] + kls[1][0]) / 2, 12)
    expect(metrics['kl/b']).toBeCloseTo(kls[0][1], 12)
    expect(metrics['entropy/a']).toBe(1)
    expect(metrics['entropy/b']).toBe(2)
  })
  test('x is bounded where asked, and beyond the bound moves nothing', () => {
    const made = value({ beta: 1, klBound: 0.75 }, { advantages: [[0, 0, 0]], refLogprobs: [[-1.5, 1, -9]] }, [
      [-1, -1, -1],
    ])
    expect(made.loss).toBeCloseTo((k3(-0.5) + k3(0.75) + k3(-0.75)) / 3, 12)
    expect(made.gradient[0]?.[0]).toBeCloseTo((1 - Math.exp(-0.5)) / 3, 12)
    expect(Array.from(made.gradient[0] ?? []).slice(1)).toEqual([0, 0])
  })
  test('times the ratio where asked, whose slope counts as well', () => {
    const given = { advantages: [[0]], oldLogprobs: [[-1 - Math.log(2)]], refLogprobs: [[-0.5]] }
    const made = value({ beta: 1, klRatio: true }, given, [[-1]])
    expect(made.loss).toBeCloseTo(2 * k3(0.5), 12)
    expect(made.metrics.kl).toBeCloseTo(2 * k3(0.5), 12)
    // d/dlp of e^(lp − old) · k3(ref − lp) is w·k3 + w·(1 − e^x).
    expect(made.gradient[0]?.[0]).toBeCloseTo(2 * k3(0.5) + 2 * (1 - Math.exp(0.5)), 12)
    const plain = value({ beta: 1 }, given, [[-1]])
    expect(plain.loss).toBeCloseTo(k3(0.5), 12)
    expect(plain.gradient[0]?.[0]).toBeCloseTo(1 - Math.exp(0.5), 12)
  })
  test('times an infinite ratio it is nothing where the policies agree', () => {
    const given = { advantages: [[0]], oldLogprobs: [[-2000]], refLogprobs: [[-1]] }
    expect(value({ beta: 1, klRatio: true }, given, [[-1]]).loss).toBe(0)
  })
})

describe('metrics', () => {
  const log = Math.log
  // Ratios by token; the last sequence has no token that counts.
  const ratios = [[0.5, 2, 1, 2, 0.5], [0.5, 0.5, 3, 6], [9]]
  const batch: LossBatch = {
    advantages: [[-1, 1, 1, -1, 1], [-1, -1, 1, 0], [1]],
    oldLogprobs: ratios.map(row => row.map(r => -4 - log(r))),
    mask: [[1, 1, 1, 1, 1], [1, 1, 1, 1], [0]],
    owners: [['a', 'a', 'b', 'b', null], ['a', 'b', 'b', 'b'], ['a']],
  }
  const logprobs = ratios.map(row => row.map(() => -4))

  test('of clipping: low where the advantage is negative, high where it is positive', () => {
    const { metrics } = value({}, batch, logprobs)
    expect(metrics).toEqual({
      entropy: 4,
      'clip_ratio/low_mean': expect.closeTo(3 / 9, 12),
      'clip_ratio/low_min': expect.closeTo(1 / 5, 12),
      'clip_ratio/high_mean': expect.closeTo(2 / 9, 12),
      'clip_ratio/high_max': expect.closeTo(1 / 4, 12),
      'clip_ratio/region_mean': expect.closeTo(5 / 9, 12),
      'entropy/a': 4,
      'entropy/b': 4,
      'clip_ratio/a': expect.closeTo(3 / 3, 12),
      'clip_ratio/b': expect.closeTo(2 / 5, 12),
    })
  })
  test('delta takes a ratio down before it is compared', () => {
    const { metrics } = value({ delta: 1.1 }, batch, logprobs)
    expect([metrics['clip_ratio/low_mean'], metrics['clip_ratio/high_mean']]).toEqual([expect.closeTo(1 / 3, 12), 0])
  })
  test('an advantage of 0 is clipped on no side', () => {
    const given = { advantages: [[0, 0]], oldLogprobs: [[-log(0.5), -log(2)]] }
    expect(value({}, given, [[0, 0]]).metrics['clip_ratio/region_mean']).toBe(0)
    expect(value({ type: 'cispo', epsilonHigh: 1.5 }, given, [[0, 0]]).metrics.cispo_clip_ratio).toBe(0)
  })
  test('of CISPO: the share beyond its bound, and no clipping', () => {
    const { metrics } = value({ type: 'cispo', epsilonHigh: 2.5 }, batch, logprobs)
    expect(metrics).toEqual({
      entropy: 4,
      cispo_clip_ratio: expect.closeTo(1 / 9, 12),
      'entropy/a': 4,
      'entropy/b': 4,
    })
  })
  test('SAPO has neither', () => {
    expect(Object.keys(value({ type: 'sapo' }, batch, logprobs).metrics)).toEqual(['entropy', 'entropy/a', 'entropy/b'])
  })
  test('of nothing are 0', () => {
    expect(value({}, { advantages: [[1]], mask: [[0]] }, [[-1]]).metrics).toEqual({
      entropy: 0,
      'clip_ratio/low_mean': 0,
      'clip_ratio/low_min': 0,
      'clip_ratio/high_mean': 0,
      'clip_ratio/high_max': 0,
      'clip_ratio/region_mean': 0,
    })
  })
  test('a ratio at the very bound is not clipped', () => {
    // 1 − 0.5 and 1 + 1 are ratios that a log-probability meets exactly.
    const given = { advantages: [[-1, 1]], oldLogprobs: [[log(2), -log(2)]] }
    const { metrics } = value({ epsilonLow: 0.5, epsilonHigh: 1 }, given, [[0, 0]])
    expect(metrics['clip_ratio/region_mean']).toBe(0)
    const { metrics: cispo } = value({ type: 'cispo', epsilonHigh: 2 }, given, [[0, 0]])
    expect(cispo.cispo_clip_ratio).toBe(0)
  })
})

describe('one ratio a sequence', () => {
  test('the exponential of the mean log-ratio of its counted tokens, which moves with each by its share', () => {
    const batch: LossBatch = {
      advantages: [[1, 3], [2, 9], [1]],
      mask: [[1, 1], [1, 0], [1]],
      oldLogprobs: [[-1.1, -2], [-1.15, 0], [-1]],
    }
    const made = value({ level: 'sequence' }, batch, [[-1, -2], [-1, -5], [-1]])
    const [first, second] = [Math.exp(0.05), Math.exp(0.15)]
    expect(made.loss).toBeCloseTo(-(2 * first + 2 * second + 1) / 3, 12)
    const wanted = [[(-2 * first) / 6, (-2 * first) / 6], [(-2 * second) / 3, 0], [-1 / 3]]
    for (const [b, row] of wanted.entries())
      for (const [t, g] of row.entries()) expect(made.gradient[b]?.[t]).toBeCloseTo(g, 12)
  })
})

describe('the drift from the sampler', () => {
  test('is that of each sequence by itself', () => {
    const far: LossBatch = { advantages: [[-1], [-1], [-1]], samplingLogprobs: [[-1], [9], [-1]] }
    const { gradient } = value({ offPolicyThreshold: 0.5 }, far, [[-1], [-1], [-1]])
    expect(gradient.map(row => Math.abs(row[0]!))).toEqual([1 / 3, 0, 1 / 3])
  })
  const batch: LossBatch = {
    advantages: [[-1, 1, -1]],
    mask: [[1, 1, 0]],
    samplingLogprobs: [[-0.5, -0.5, 100]],
    oldLogprobs: [[-1, -1, -1]],
  }
  test('drops negative advantages beyond the threshold and not at it; the mean is over counted tokens', () => {
    const at = (offPolicyThreshold: number) => value({ offPolicyThreshold }, batch, [[-1, -1, -1]]).gradient
    expect(at(0.5)).toEqual(rows([0.5, -0.5, 0]))
    expect(at(0.49).map(row => Array.from(row, Math.abs))).toEqual([[0, 0.5, 0]])
  })
})

describe('the likelihood', () => {
  test('counts its tokens, and takes the number that the mean is over', () => {
    const given = { mask: [[1, 0], [1]], tokens: 4 }
    expect(sftLoss(given)(rows([-1, -9], [-3]))).toEqual({
      loss: 1,
      gradient: rows([-0.25, 0], [-0.25]),
      metrics: { tokens: 2 },
    })
  })
  test('of every token, where there is no mask', () => {
    expect(sftLoss()(rows([-1], [-3]))).toEqual({ loss: 2, gradient: rows([-0.5], [-0.5]), metrics: { tokens: 2 } })
  })
  test('a mask that does not fit is told', () => {
    expect(() => sftLoss({ mask: [[1]] })(rows([-1, -1]))).toThrow(
      'mask of sequence 0 has 1 tokens, its log-probabilities have 2',
    )
  })
})
