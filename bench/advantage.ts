import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { either as E } from 'fp-ts'
import type { Groups, Normalised, Owners, Raw } from 'kinograd/advantage'
import {
  frozenOwners,
  paGrpo,
  policyLoss,
  rawRewards,
  standardiseAll,
  tokenAdvantages,
  writeTokenAdvantages,
} from 'kinograd/advantage'
import { assignTokens, videoP2R } from 'kinograd/process'
import { must } from './must.ts'
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
    return must(rawRewards(String(g), { perception: of(0), reasoning: of(1) }))
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

/** The advantages of every token of every completion, a group at a time, in one array that is used again. */
const written = (all: Float64Array): number => {
  const into = new Float64Array(size * tokens)
  let total = 0
  for (let g = 0; g < all.length / (2 * size); g++) {
    const made = writeTokenAdvantages(view(all, g), owned[g % owned.length] ?? [], into)
    if (E.isLeft(made)) throw new Error(made.left.cause)
    if (g % 1000 === 0) total += (into[0] as number) + (into[400] as number)
  }
  return total
}

/** The same in arrays of their own for every completion. */
const spread = (all: Float64Array): number => {
  let total = 0
  for (let g = 0; g < all.length / (2 * size); g++) {
    const made = tokenAdvantages(view(all, g), owned[g % owned.length] ?? [])
    if (E.isLeft(made)) throw new Error(made.left.cause)
    if (g % 1000 === 0) total += (made.right[0]?.[0] ?? Number.NaN) + (made.right[0]?.[400] ?? Number.NaN)
  }
  return total
}

/** The sizes of all advantages, added up. */
const absolute = (batch: Groups<Normalised<Two>>): number => {
  let sum = 0
  for (const { advantages } of batch)
    for (let i = 0; i < size; i++)
      sum += Math.abs(advantages.perception[i] as number) + Math.abs(advantages.reasoning[i] as number)
  return sum
}

/** Looks at every group once. */
const each = (batch: Groups<Normalised<Two>>): number => {
  let count = 0
  for (const { advantages } of batch) if (advantages.perception.length === size) count++
  return count
}

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
      out = loss
      for (const row of gradient) for (let t = 0; t < row.length; t++) out += Math.abs(row[t] as number)
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

/** A case of ours: what it is called, how much it does, and the case of the peers that it stands against. */
interface Case {
  readonly label: string
  readonly run: () => number
  readonly count: number
  readonly unit: string
  readonly rivals: string
  /** What the peers' check must be near, where it is not what `run` gives. */
  readonly sum?: number
}

const cases = (groups: number): readonly Case[] => {
  const flat = Float64Array.from({ length: groups * 2 * size }, (_, i) => reward(i))
  const raw = batchOf(groups)
  const normalised = (): Float64Array => {
    const made = standardiseAll(flat, size)
    if (E.isLeft(made)) throw new Error(made.left.cause)
    return made.right
  }
  const all = normalised()
  const sizes = all.reduce((sum, a) => sum + Math.abs(a), 0)
  if (!(Math.abs(absolute(paGrpo()(raw)) - sizes) <= 1e-9 * sizes)) throw new Error('the two ways of ours differ')
  const many = { count: groups / 1e6, unit: 'million groups/s' }
  const given = { count: (groups * size * tokens) / 1e6, unit: 'million tokens/s' }
  return [
    {
      label: `normalise ${groups} × 8 × 2, one array`,
      run: () => normalised().length,
      ...many,
      rivals: 'normalise',
      sum: sizes,
    },
    {
      label: `normalise ${groups} values, groups on demand`,
      run: () => paGrpo()(raw).length,
      ...many,
      rivals: 'normalise',
      sum: sizes,
    },
    { label: `normalise ${groups} values, look at each`, run: () => each(paGrpo()(raw)), ...many, rivals: 'values' },
    { label: `advantages of ${groups} × 8 × 512 tokens`, run: () => written(all), ...given, rivals: 'tokens' },
    { label: 'the same, an array a completion', run: () => spread(all), ...given, rivals: 'tokens' },
    {
      label: 'loss and gradient of 56 × 512 tokens',
      run: losses(),
      count: (20 * 56 * tokens) / 1e6,
      unit: 'million tokens/s',
      rivals: 'loss',
    },
    {
      label: 'assign a completion of 512 tokens',
      run: () => {
        let owned = 0
        for (let i = 0; i < 2000; i++) owned += assignTokens(videoP2R, pieces).owners.length
        return owned
      },
      count: (2000 * pieces.length) / 1e6,
      unit: 'million tokens/s',
      rivals: 'none',
    },
  ]
}

/** The whole way from rewards to the advantages of tokens, each library with the quickest of its ways. */
const wholeWay = (groups: number, ours: readonly (Case & { seconds: number })[], found: readonly PeerRow[]): Row[] => {
  const least = (rows: readonly { readonly seconds: number }[]) => Math.min(...rows.map(({ seconds }) => seconds))
  const of = (rivals: string) => least(ours.filter(one => one.rivals === rivals))
  const mine = of('normalise') + of('tokens')
  return ['numpy', 'torch'].flatMap(library => {
    const theirs = (rivals: string) =>
      found.filter(({ case: name, peer }) => name === rivals && peer.startsWith(library))
    if (theirs('normalise').length * theirs('tokens').length === 0) return []
    const seconds = least(theirs('normalise')) + least(theirs('tokens'))
    const rate = (time: number) => (groups * size * tokens) / 1e6 / time
    return {
      case: `both: from rewards to ${groups} × 8 × 512 advantages`,
      ours: rate(mine),
      peer: rate(seconds),
      peerName: `${library}, its quickest ways`,
      ratio: seconds / mine,
      unit: 'million tokens/s',
    }
  })
}

/**
 * Normalisation of 100,000 groups × 8 × 2 processes, their advantages on 512 tokens a completion, a policy loss of
 * 56 × 512 tokens with its gradient, and the assignment of a completion's tokens. With `--peers` against numpy and torch
 * (KINOGRAD_PYTHON names their interpreter) in the same run, on the same numbers: check sums must agree.
 */
export const bench: Bench = async ({ peers, rest }) => {
  const groups = Number(rest[0] ?? 100_000)
  const ours = cases(groups).map(one => ({ ...one, ...best(one.run) }))
  const found = peers ? peerRows(groups) : []
  const rows = ours.flatMap(({ label, count, unit, rivals, seconds, check, sum = check }): readonly Row[] => {
    const rate = count / seconds
    const against = found.filter(p => p.case === rivals)
    if (against.length === 0) return [{ case: label, ours: rate, peer: null, peerName: null, ratio: null, unit }]
    return against.map(rival => {
      if (!(Math.abs(sum - rival.check) <= 1e-6 * Math.abs(sum)))
        throw new Error(`${label}: ours gives ${sum}, ${rival.peer} ${rival.check}`)
      const peer = count / rival.seconds
      return { case: label, ours: rate, peer, peerName: rival.peer, ratio: rate / peer, unit }
    })
  })
  return [...rows, ...wholeWay(groups, ours, found)]
}
