import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { either as E } from 'fp-ts'
import type { Groups, Normalised, Owners, Raw } from 'kinograd/advantage'
import { frozenOwners, paGrpo, policyLoss, rawRewards, standardiseAll, tokenAdvantages } from 'kinograd/advantage'
import { assignTokens, videoP2R } from 'kinograd/process'
import type { Bench, Row } from './row.ts'

type Two = 'perception' | 'reasoning'
const size = 8
const tokens = 512

interface PeerRow {
  readonly case: string
  readonly peer: string
  readonly seconds: number
  readonly check: number
}

/** Rewards that the peers compute by the same formula. */
const reward = (i: number): number => [0, 1, 2, 2.2][(Math.imul(i, 2654435761) >>> 13) & 3] as number

const batchOf = (groups: number): readonly Raw<Two>[] =>
  Array.from({ length: groups }, (_, g) => {
    const of = (k: number): readonly number[] => Array.from({ length: size }, (_, i) => reward((g * 2 + k) * size + i))
    const made = rawRewards(String(g), { perception: of(0), reasoning: of(1) })
    if (E.isLeft(made)) throw new Error(made.left.cause)
    return made.right
  })

/** Perception first, reasoning after, eight tokens of nobody; frozen, as `assignTokens` gives them. */
const owners: readonly Owners<Two>[] = Array.from({ length: 64 }, (_, pattern) => {
  const ownerOf = (t: number): Two | null =>
    t < 100 + pattern * 4 ? 'perception' : t < tokens - 8 ? 'reasoning' : null
  return frozenOwners(Array.from({ length: tokens }, (_, t) => ownerOf(t)))
})

const best = (run: () => number): { readonly seconds: number; readonly check: number } => {
  let check = run()
  let seconds = Number.POSITIVE_INFINITY
  for (let i = 0; i < 5; i++) {
    const started = performance.now()
    check = run()
    seconds = Math.min(seconds, (performance.now() - started) / 1000)
  }
  return { seconds, check }
}

/** A group of the one array as a value, whose arrays are views. */
const view = (all: Float64Array, g: number): Normalised<Two> => ({
  _tag: 'Normalised',
  group: 'view',
  size,
  advantages: {
    perception: all.subarray(g * 2 * size, (g * 2 + 1) * size),
    reasoning: all.subarray((g * 2 + 1) * size, (g * 2 + 2) * size),
  },
  outside,
})
const outside = new Float64Array(size)

/** The owners of the completions of eight groups in a row, after which the patterns repeat. */
const owned = Array.from({ length: 64 / size }, (_, g) => owners.slice(g * size, (g + 1) * size))

/** The advantages of every token of every completion, a group at a time; the first of every thousandth group is summed. */
const spread = (all: Float64Array): number => {
  let total = 0
  for (let g = 0; g < all.length / (2 * size); g++) {
    const made = tokenAdvantages(view(all, g), owned[g % owned.length] ?? [])
    if (E.isLeft(made)) throw new Error(made.left.cause)
    if (g % 1000 === 0) total += made.right[0]?.[0] ?? Number.NaN
  }
  return total
}

const absolute = (batch: Groups<Normalised<Two>>): number =>
  [...batch].reduce((sum, { advantages: { perception, reasoning } }) => {
    let own = 0
    for (let i = 0; i < size; i++) own += Math.abs(perception[i] as number) + Math.abs(reasoning[i] as number)
    return sum + own
  }, 0)

const losses = (): (() => number) => {
  const rows = (f: (i: number) => number): readonly Float64Array[] =>
    Array.from({ length: 56 }, (_, b) => Float64Array.from({ length: tokens }, (_, t) => f(b * tokens + t)))
  const logprobs = rows(i => -1 - Math.sin(i) ** 2)
  const oldLogprobs = rows(i => -1 - Math.sin(i + 0.1) ** 2)
  const refLogprobs = rows(i => -1 - Math.sin(i + 0.2) ** 2)
  const objective = policyLoss()({ advantages: rows(i => Math.sin(i * 0.01)), oldLogprobs, refLogprobs })
  return () => {
    let out = 0
    for (let i = 0; i < 20; i++) {
      const { loss, gradient } = objective(logprobs)
      out = loss + gradient.reduce((sum, row) => sum + row.reduce((s, g) => s + Math.abs(g), 0), 0)
    }
    return out
  }
}

const pieces: readonly string[] = [
  '<',
  'observation',
  '>',
  ...Array.from({ length: 200 }, (_, i) => ` word${i}`),
  '</',
  'observation',
  '>',
  ' <',
  'think',
  '>',
  ...Array.from({ length: 290 }, (_, i) => ` step${i}`),
  '</',
  'think',
  '><',
  'answer',
  '>B',
  '</',
  'answer',
  '>',
]

const peerRows = (groups: number): readonly PeerRow[] => {
  const script = fileURLToPath(new URL('../../bench/peers/advantage.py', import.meta.url))
  const python = process.env.KINOGRAD_PYTHON ?? 'python3'
  const out = execFileSync(python, [script, String(groups)], { encoding: 'utf8' })
  return (JSON.parse(out.trim().split('\n').at(-1) ?? '') as { readonly rows: readonly PeerRow[] }).rows
}

/**
 * Normalisation of 100,000 groups × 8 × 2 processes, their advantages on 512 tokens a completion, a policy loss of
 * 56 × 512 tokens with its gradient, and the assignment of a completion's tokens. With `--peers` against numpy and torch
 * (KINOGRAD_PYTHON names their interpreter) in the same run, on the same numbers: check sums must agree.
 */
export const bench: Bench = async ({ peers, rest }) => {
  const groups = Number(rest[0] ?? 100_000)
  const flat = Float64Array.from({ length: groups * 2 * size }, (_, i) => reward(i))
  let all: Float64Array = new Float64Array(0)
  let normalised: Groups<Normalised<Two>> = []
  const ours: Readonly<Record<string, ReturnType<typeof best>>> = {
    normalise: best(() => {
      const made = standardiseAll(flat, size)
      if (E.isLeft(made)) throw new Error(made.left.cause)
      all = made.right
      return all.length
    }),
    tokens: best(() => spread(all)),
    loss: best(losses()),
    assign: best(() => {
      let owned = 0
      for (let i = 0; i < 2000; i++) owned += assignTokens(videoP2R, pieces).owners.length
      return owned
    }),
    values: best(
      (raw => () => {
        normalised = paGrpo()(raw)
        return normalised.length
      })(batchOf(groups)),
    ),
  }
  const checks: Readonly<Record<string, number>> = {
    normalise: all.reduce((sum, a) => sum + Math.abs(a), 0),
    values: absolute(normalised),
    tokens: ours.tokens?.check ?? 0,
    loss: ours.loss?.check ?? 0,
  }
  const units: Readonly<Record<string, readonly [label: string, count: number, unit: string]>> = {
    normalise: [`normalise ${groups} × 8 × 2, one array`, groups / 1e6, 'million groups/s'],
    values: [`normalise ${groups} × 8 × 2, a value a group`, groups / 1e6, 'million groups/s'],
    tokens: [`advantages of ${groups} × 8 × 512 tokens`, (groups * size * tokens) / 1e6, 'million tokens/s'],
    loss: ['loss and gradient of 56 × 512 tokens', (20 * 56 * tokens) / 1e6, 'million tokens/s'],
    assign: ['assign a completion of 512 tokens', (2000 * pieces.length) / 1e6, 'million tokens/s'],
  }
  const found = peers ? peerRows(groups) : []
  return Object.entries(units).flatMap(([name, [label, count, unit]]): readonly Row[] => {
    const rate = count / (ours[name]?.seconds ?? Number.NaN)
    const rivals = found.filter(p => p.case === (name === 'values' ? 'normalise' : name))
    if (rivals.length === 0) return [{ case: label, ours: rate, peer: null, peerName: null, ratio: null, unit }]
    return rivals.map(({ peer, seconds, check }) => {
      const agreed = Math.abs(check - (checks[name] ?? Number.NaN)) <= 1e-6 * Math.abs(check)
      if (!agreed) throw new Error(`${name}: ours sums to ${checks[name]}, ${peer}'s to ${check}`)
      return { case: label, ours: rate, peer: count / seconds, peerName: peer, ratio: (rate * seconds) / count, unit }
    })
  })
}
