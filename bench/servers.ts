import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { either as E } from 'fp-ts'
import type { TrainGroup } from 'kinograd/engine'
import type { Bench, Row } from './row.ts'
import { type Contender, inProcess, type Opening } from './servers/contender.ts'
import { type Ground, makeGround } from './servers/ground.ts'
import { remote } from './servers/remote.ts'
import { servers } from './servers/servers.ts'
import { firstUpdate, follow, learn, scores } from './servers/task.ts'

/** What one engine says of the checkpoint, how its first update moves that, and what its updates come to. */
interface Measured {
  readonly name: string
  readonly about: string
  readonly start: number
  readonly scores: Float64Array
  /** After one update on fixed sequences. */
  readonly first: Float64Array
  /** After all updates on the sequences that the engine in process sampled. */
  readonly followed: Float64Array
  readonly rewards: readonly number[]
  readonly sampled: Sampled
  readonly seconds: readonly number[]
}

type Sampled = readonly (readonly TrainGroup[])[]

const updates = 20

const measure = async (contender: Contender, stop: number, others?: Sampled): Promise<Measured> => {
  const { name, about, seconds: start, fresh } = contender
  const engine = await fresh()
  const before = await scores(engine)
  const first = await firstUpdate(engine, before)
  const learned = await learn(await fresh(), { updates, stop, seed: 1 })
  const followed = await follow(await fresh(), others ?? learned.sampled, before)
  return { name, about, start, scores: before, first, followed, ...learned }
}

/** Opens, measures and closes. Left: which step failed. */
const tried = async (
  opening: Opening,
  work: (contender: Contender) => Promise<Measured>,
): Promise<E.Either<string, Measured>> => {
  const opened = await opening
  if (E.isLeft(opened)) return opened
  try {
    return E.right(await work(opened.right))
  } catch (error) {
    return E.left(String(error))
  } finally {
    await opened.right.close()
  }
}

/** Rewards in process under other seeds: what is luck. */
const underOtherSeeds = async (ground: Ground, stop: number): Promise<readonly (readonly number[])[]> => {
  const opened = await inProcess(ground)
  if (E.isLeft(opened)) throw new Error(opened.left)
  const all: (readonly number[])[] = []
  for (const seed of [2, 3, 4, 5, 6])
    all.push((await learn(await opened.right.fresh(), { updates, stop, seed })).rewards)
  await opened.right.close()
  return all
}

const furthest = (a: Float64Array, b: Float64Array): number => Math.max(...a.map((x, i) => Math.abs(x - b[i]!)))
const largest = (a: Float64Array): number => Math.max(...a.map(Math.abs))
const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, x, i) => sum + x * b[i]!, 0)
const cosine = (a: Float64Array, b: Float64Array): number => dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))
const mean = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length
const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!
const range = (values: readonly number[]): string =>
  `${Math.min(...values).toFixed(3)}–${Math.max(...values).toFixed(3)}`

const last = (rewards: readonly number[]): number => mean(rewards.slice(-5))

/** Rewards update by update, and in process under other seeds. */
const curves = (all: readonly Measured[], seeds: readonly (readonly number[])[]): string => {
  const head = ['update', ...all.map(({ name }) => name), 'in process, five other seeds']
  const body = [
    ...Array.from({ length: updates }, (_, u) => [
      ...[`${u}`, ...all.map(({ rewards }) => rewards[u]!.toFixed(3))],
      range(seeds.map(rewards => rewards[u]!)),
    ]),
    ['last five', ...all.map(({ rewards }) => last(rewards).toFixed(3)), range(seeds.map(last))],
  ]
  const widths = head.map((title, i) => Math.max(title.length, ...body.map(line => line[i]!.length)))
  return [head, ...body].map(line => line.map((cell, i) => cell.padEnd(widths[i]!)).join('  ')).join('\n')
}

const rowsOf = (own: Measured, other: Measured): readonly Row[] => {
  const row = (what: string, ours: number, peer: number, unit: string, ratio: number | null = null): Row => ({
    ...{ case: what, ours, peer, peerName: `${other.name}, ${other.about}`, ratio, unit },
  })
  return [
    row('log-probabilities of the checkpoint, furthest apart', 0, furthest(own.scores, other.scores), 'nats'),
    row('first update, fixed sequences: cosine', 1, cosine(own.first, other.first), ''),
    row('  furthest apart', 0, furthest(own.first, other.first), 'nats'),
    row(`${updates} updates, the same sequences: cosine`, 1, cosine(own.followed, other.followed), ''),
    row('  furthest apart', 0, furthest(own.followed, other.followed), 'nats'),
    row('  largest change', largest(own.followed), largest(other.followed), 'nats'),
    row('own sequences: reward of the last five updates', last(own.rewards), last(other.rewards), 'of 2'),
    row('an update', median(own.seconds), median(other.seconds), 's', median(other.seconds) / median(own.seconds)),
    row('until it was well', own.start, other.start, 's', other.start / own.start),
  ]
}

/** One line as soon as a server is done: the others take minutes. */
const inBrief = (own: Measured, other: Measured): string => {
  const apart = furthest(own.scores, other.scores).toExponential(1)
  const [first, followed] = [cosine(own.first, other.first), cosine(own.followed, other.followed)]
  const far = furthest(own.followed, other.followed).toExponential(1)
  return `log-probabilities ${apart} apart; cosine ${first.toFixed(7)} after one update, ${followed.toFixed(7)} after ${updates} (${far} apart)`
}

/** The servers that can be started; of these only the named ones, where some are named. */
const openings = (root: string, ground: Ground, peers: boolean, named: readonly string[]) => {
  const { remotes, missing } = servers(ground, peers)
  for (const { name, why } of missing) console.log(`no ${name}: ${why}`)
  const chosen = named.length === 0 ? remotes : remotes.filter(({ name }) => named.includes(name))
  return chosen.map(one => ({ name: one.name, open: () => remote(root, one) }))
}

/**
 * `npm run bench -- servers [--peers] [NAME…]`: one checkpoint with one adapter on an engine in this process and on servers of the Tinker
 * protocol, the same pipeline of text alone on each: log-probabilities of fixed sequences, the first update's direction on them, twenty
 * updates of PA-GRPO on the same sequences, and twenty on what each samples itself.
 */
export const bench: Bench = async ({ peers, rest }) => {
  const root = await mkdtemp(join(tmpdir(), 'kinograd-servers-'))
  try {
    const ground = await makeGround(root)
    const { eos } = ground
    const own = await tried(inProcess(ground), contender => measure(contender, eos))
    if (E.isLeft(own)) throw new Error(own.left)
    const seeds = await underOtherSeeds(ground, eos)
    const all = [own.right]
    for (const { name, open } of openings(root, ground, peers, rest)) {
      const done = await tried(open(), contender => measure(contender, eos, own.right.sampled))
      if (E.isLeft(done)) console.log(`no ${name}: ${done.left}`)
      else {
        all.push(done.right)
        console.log(`${name}: ${inBrief(own.right, done.right)}`)
      }
    }
    console.log(`mean reward of each update, at most 2:\n${curves(all, seeds)}\n`)
    return all.slice(1).flatMap(other => rowsOf(own.right, other))
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}
