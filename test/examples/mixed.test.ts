import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { either as E } from 'fp-ts'
import { readCot } from 'kinograd/dataset'
import { selectBackend } from 'kinograd/engine/tfjs'
import { orThrow } from 'kinograd/flow'
import { afterAll, expect, test } from 'vitest'
import type { Outcomes } from '../../examples/mixed/account.ts'
import { mixedRecords, writeMixedSet } from '../../examples/mixed/set.ts'
import { type Phase, trainOnMixed } from '../../examples/mixed.ts'

/*
 * A file that mixes videos, pictures and folders of pictures, through annotation, verifier, judge, SFT and PA-GRPO. In the long suite
 * 2,000 records, one in fifty broken; else 100, one in ten, so that each kind of damage occurs.
 */
const long = process.env.KINOGRAD_FUZZ_RUNS !== undefined
const [count, brokenEvery] = long ? [2000, 50] : [100, 10]

const folder = mkdtempSync(join(tmpdir(), 'kinograd-mixed-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

setFlagsFromString('--expose-gc')
const collectGarbage: unknown = runInNewContext('gc')

/** What the process holds when nothing is left to collect: objects and buffers of JavaScript, and all of it. */
const memory = () => {
  if (typeof collectGarbage === 'function') collectGarbage()
  const { heapUsed, external, rss } = process.memoryUsage()
  return { held: heapUsed + external, rss }
}

/** Kilobytes by which a measure grew with each record, over the second half of a phase: least squares. */
const slope = (measures: readonly number[], records: number): number => {
  const half = measures.slice(measures.length >> 1)
  const middle = (half.length - 1) / 2
  const mean = half.reduce((sum, bytes) => sum + bytes, 0) / half.length
  const rise = half.reduce((sum, bytes, i) => sum + (i - middle) * (bytes - mean), 0)
  const run = half.reduce((sum, _, i) => sum + (i - middle) ** 2, 0)
  return rise / run / 1024 / (records / measures.length)
}
const megabytes = (measures: readonly number[]) =>
  [0, 0.25, 0.5, 0.75, 1].map(part => measures[Math.floor(part * (measures.length - 1))]! >> 20).join(', ')

/** A line without a path has no id either: it is named by its place. */
const idOf = ({ id, fault }: { readonly id: string; readonly fault?: string }) =>
  fault === 'BadRecord' ? `#${id}` : id
const tagOf = (outcome: string | undefined) => outcome?.split(': ').at(-1)
const mean = (numbers: readonly number[]) => numbers.reduce((sum, n) => sum + n, 0) / numbers.length

test(
  `${count} records of all kinds are trained on, and each is accounted for`,
  async () => {
    orThrow(await selectBackend(long ? {} : { backend: 'wasm' })())
    await writeMixedSet(folder, count, brokenEvery)
    const records = mixedRecords(count, brokenEvery)
    const measures: Record<Phase, ReturnType<typeof memory>[]> = { annotation: [], SFT: [], 'PA-GRPO': [] }
    let told = 0
    // A chain is one record, an update eight.
    const { chains, taught, answered, losses, rewards } = await trainOnMixed(folder, phase => {
      if (++told % ((phase === 'annotation' ? 8 : 1) * (long ? 8 : 1)) === 0) measures[phase].push(memory())
    })

    const broken = records.filter(({ fault }) => fault !== undefined)
    expect(broken).toHaveLength(count / brokenEvery)
    const whole = records.filter(({ fault }) => fault === undefined)
    const places = (outcomes: Outcomes) => [...outcomes.keys()].sort()
    expect(places(chains)).toEqual(records.map(idOf).sort())
    expect(places(answered)).toEqual(records.map(idOf).sort())
    for (const record of broken) {
      expect(tagOf(chains.get(idOf(record))), `record ${record.id}`).toBe(record.fault)
      expect(tagOf(answered.get(idOf(record))), `record ${record.id}`).toBe(record.fault)
    }
    expect(whole.filter(({ id }) => answered.get(id) !== 'done')).toEqual([])

    const kept = whole.filter(({ id }) => chains.get(id) === 'done')
    const rejected = whole.filter(({ id }) => chains.get(id) !== 'done').map(({ id }) => tagOf(chains.get(id)))
    expect(new Set(rejected)).toEqual(new Set(['WrongAnswer', 'OffTemplate', 'Insufficient']))
    expect([...taught].filter(([, outcome]) => outcome !== 'done')).toEqual([])
    expect(places(taught)).toEqual(kept.map(({ id }) => id).sort())
    const written = []
    for await (const read of readCot(join(folder, 'chains.jsonl'))) written.push(E.isRight(read) && read.right.dataType)
    expect(written).toEqual(kept.map(({ dataType }) => dataType))
    expect(new Set(written)).toEqual(new Set(['video', 'image', 'frame']))

    expect(losses).toHaveLength(Math.ceil(kept.length / 8))
    expect(losses.at(-1)).toBeLessThan(losses[0]! / 2)
    expect(rewards.every(Number.isFinite)).toBe(true)
    expect(mean(rewards.slice(-5))).toBeGreaterThan(0)
    const [first, last] = [mean(rewards.slice(0, 10)), mean(rewards.slice(-10))].map(reward => reward.toFixed(2))
    console.log(`SFT loss ${losses[0]?.toFixed(2)} → ${losses.at(-1)?.toFixed(2)}, reward ${first} → ${last}`)
    for (const [phase, of] of Object.entries(measures)) {
      const [held, rss] = [of.map(({ held }) => held), of.map(({ rss }) => rss)]
      const growth = [slope(held, count), slope(rss, count)].map(kilobytes => kilobytes.toFixed(2))
      console.log(
        `${phase}, ${count} records, kB a record in the second half: JavaScript ${growth[0]} (${megabytes(held)} MB), resident ${growth[1]} (${megabytes(rss)} MB)`,
      )
      // The frames of one record are 38 kB, its patches 150.
      if (long) expect(slope(held, count)).toBeLessThan(4)
    }
    const resident = measures['PA-GRPO'].map(({ rss }) => rss)
    if (long) expect(slope(resident, count)).toBeLessThan(20)
  },
  long ? 3_600_000 : 300_000,
)
