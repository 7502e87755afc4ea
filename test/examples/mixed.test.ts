import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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

/** Kilobytes by which memory grew with each record, over the second half of a phase: least squares. */
const slope = (rss: readonly number[], records: number): number => {
  const half = rss.slice(rss.length >> 1)
  const middle = (half.length - 1) / 2
  const mean = half.reduce((sum, bytes) => sum + bytes, 0) / half.length
  const rise = half.reduce((sum, bytes, i) => sum + (i - middle) * (bytes - mean), 0)
  const run = half.reduce((sum, _, i) => sum + (i - middle) ** 2, 0)
  return rise / run / 1024 / (records / rss.length)
}

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
    const rss: Record<Phase, number[]> = { annotation: [], SFT: [], 'PA-GRPO': [] }
    const { chains, taught, answered, losses, rewards } = await trainOnMixed(folder, phase => {
      rss[phase].push(process.memoryUsage.rss())
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
    for (const [phase, values] of Object.entries(rss)) {
      const megabytes = [0, 0.25, 0.5, 0.75, 1].map(part => values[Math.floor(part * (values.length - 1))]! >> 20)
      const growth = slope(values, count).toFixed(2)
      console.log(`${phase}, ${count} records: ${growth} kB a record in the second half; ${megabytes.join(', ')} MB`)
    }
    if (long) for (const values of Object.values(rss)) expect(slope(values, count)).toBeLessThan(10)
  },
  long ? 3_600_000 : 300_000,
)
