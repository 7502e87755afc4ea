import { type Distribution, drawnFrom, drawnTask, type Job, simulate, uniformOf } from 'kinograd/simulation'
import { describe, expect } from 'vitest'
import { fc, test } from '../property.ts'

/** Customers who come at random (exponential gaps of mean 1 / rate), and their mean wait for one of some servers. */
const waiting = (rate: number, service: Distribution, servers: number, seed: number, customers = 40_000): number => {
  const uniform = uniformOf(seed)
  function* jobs(): Generator<Job> {
    let arrives = 0
    for (let i = 0; i < customers; i++) {
      arrives += drawnFrom({ kind: 'exponential', mean: 1 / rate }, uniform)
      yield { arrives, phases: [{ station: 'desk', atOnce: 1, bundles: [[drawnTask({ seconds: service }, uniform)]] }] }
    }
  }
  const { stations } = simulate({ stations: { desk: { servers } }, jobs: jobs(), width: Infinity })
  return (stations.desk?.waited ?? 0) / customers
}

/** Share of customers who have to wait (Erlang's C) with `load` servers' worth of work on `servers`. */
const erlangC = (load: number, servers: number): number => {
  let [term, sum] = [1, 1]
  for (let k = 1; k < servers; k++) {
    term *= load / k
    sum += term
  }
  const last = ((term * load) / servers) * (servers / (servers - load))
  return last / (sum + last)
}

// Waits of neighbours are alike, so that the mean of many is as uncertain as that of few: loads are moderate.
const busy = fc.double({ min: 0.2, max: 0.7, noNaN: true })

describe('mean waits are those of the closed forms', () => {
  test.prop([busy, fc.integer()], { numRuns: 4 })('M/M/1: ρ / (μ − λ)', (load, seed) => {
    const expected = load / (1 - load)
    expect(Math.abs(waiting(load, { kind: 'exponential', mean: 1 }, 1, seed) / expected - 1)).toBeLessThan(0.18)
  })
  test.prop([busy, fc.integer({ min: 2, max: 4 }), fc.integer()], { numRuns: 4 })(
    'M/M/c: C(c, λ/μ) / (cμ − λ)',
    (load, servers, seed) => {
      const rate = load * servers
      const expected = erlangC(rate, servers) / (servers - rate)
      const found = waiting(rate, { kind: 'exponential', mean: 1 }, servers, seed)
      expect(Math.abs(found - expected)).toBeLessThan(0.18 * expected + 0.005)
    },
  )
  test.prop([busy, fc.integer()], { numRuns: 4 })('M/D/1: ρ / (2μ(1 − ρ))', (load, seed) => {
    const expected = load / (2 * (1 - load))
    expect(Math.abs(waiting(load, { kind: 'always', value: 1 }, 1, seed) / expected - 1)).toBeLessThan(0.18)
  })
})
