import { type Job, type Network, simulate, type Task } from 'kinograd/simulation'
import { describe, expect } from 'vitest'
import { fc, test } from '../property.ts'

const attempt = fc.record({ seconds: fc.double({ min: 0, max: 9, noNaN: true }), fails: fc.boolean() })
const tasks: fc.Arbitrary<Task> = fc.record({
  attempts: fc.tuple(attempt, fc.array(attempt, { maxLength: 3 })).map(([first, rest]) => [first, ...rest] as const),
  pause: fc.double({ min: 0, max: 5, noNaN: true }),
})
const sure: fc.Arbitrary<Task> = fc
  .double({ min: 0, max: 9, noNaN: true })
  .map(seconds => ({ attempts: [{ seconds, fails: false }], pause: 0 }) as const)

const names = ['a', 'b', 'c'] as const
const phaseOf = (task: fc.Arbitrary<Task>) =>
  fc.record({
    station: fc.constantFrom(...names),
    atOnce: fc.integer({ min: 1, max: 4 }),
    bundles: fc.array(fc.array(task, { maxLength: 3 }), { maxLength: 4 }),
    required: fc.boolean(),
    inTurn: fc.boolean(),
  })
const jobsOf = (task: fc.Arbitrary<Task>): fc.Arbitrary<readonly Job[]> =>
  fc.array(fc.record({ phases: fc.array(phaseOf(task), { maxLength: 4 }) }), { maxLength: 12 })
const arriving = (jobs: readonly Job[], gaps: readonly number[]): readonly Job[] => {
  let arrives = 0
  return jobs.map((job, i) => {
    arrives += gaps[i % gaps.length] ?? 0
    return { ...job, arrives }
  })
}
const station = fc.record(
  { servers: fc.integer({ min: 1, max: 4 }), perMinute: fc.integer({ min: 1, max: 6 }) },
  { requiredKeys: ['servers'] },
)
const stationsArbitrary = fc.record({ a: station, b: station, c: station })
const networks = (task: fc.Arbitrary<Task>): fc.Arbitrary<Network> =>
  fc
    .tuple(
      ...([
        stationsArbitrary,
        jobsOf(task),
        fc.option(fc.array(fc.double({ min: 0, max: 5, noNaN: true }), { minLength: 1, maxLength: 5 }), {
          nil: undefined,
        }),
        fc.integer({ min: 1, max: 5 }),
        fc.boolean(),
      ] as const),
    )
    .map(([stations, jobs, gaps, width, inOrder]) => ({
      ...{ stations, width, inOrder },
      jobs: gaps === undefined ? jobs : arriving(jobs, gaps),
    }))

describe('a simulation', () => {
  test.prop([networks(tasks)])('lets every job and every task leave once, done or failed', network => {
    const jobs = [...network.jobs]
    const { whole, stations, jobs: records, seconds } = simulate(network)
    expect(whole.entered).toBe(jobs.length)
    expect(whole.done + whole.failed).toBe(jobs.length)
    expect(records.length).toBe(jobs.length)
    expect(Object.keys(records).length).toBe(jobs.length)
    for (const { done, failed, entered } of Object.values(stations)) expect(done + failed).toBe(entered)
    // A job fails where a required phase has lost a task, and nowhere else; what comes behind is not asked for.
    for (const [i, record] of records.entries()) {
      const lost = jobs[i]!.phases.findIndex(
        ({ required, bundles }) => required && bundles.flat().some(task => task.attempts.every(({ fails }) => fails)),
      )
      expect(record.failed).toBe(lost >= 0)
      expect(record.phases.length).toBe(lost >= 0 ? lost + 1 : jobs[i]!.phases.length)
      expect(record.ended).toBeLessThanOrEqual(seconds)
    }
  })

  test.prop([networks(tasks)])(
    'keeps Little’s law: how many are there is how often they come by how long they stay',
    network => {
      const { whole, stations } = simulate(network)
      for (const { present, stayed } of [whole, ...Object.values(stations)])
        expect(present).toBeCloseTo(stayed, 6 - Math.ceil(Math.log10(stayed + 1)))
    },
  )

  test.prop([networks(tasks)])(
    'never passes the limits of its stations, in service or by the minute, nor its width',
    network => {
      const [now, starts] = [new Map<string, number>(), new Map<string, number[]>()]
      const { jobs, stations } = simulate(network, (time, at, change) => {
        const { servers, perMinute = Infinity } = network.stations[at]!
        now.set(at, (now.get(at) ?? 0) + (change === 'start' ? 1 : -1))
        expect(now.get(at)).toBeLessThanOrEqual(servers)
        if (change === 'stop') return
        const begun = [...(starts.get(at) ?? []), time]
        starts.set(at, begun)
        expect(begun.filter(one => one + 60 > time).length).toBeLessThanOrEqual(perMinute)
      })
      for (const [name, { most }] of Object.entries(stations))
        expect(most).toBeLessThanOrEqual(network.stations[name]!.servers)
      // Of those that are under way while one lasts, at most `width` at each moment at which one starts.
      for (const { started } of jobs)
        expect(jobs.filter(one => one.started < started && one.ended > started).length).toBeLessThan(network.width)
    },
  )

  test.prop([networks(tasks)])('comes to the same every time', network => {
    expect(simulate(network)).toEqual(simulate(network))
  })

  test.prop([
    fc.array(fc.array(sure, { minLength: 1, maxLength: 30 }), { minLength: 1, maxLength: 3 }),
    station,
    fc.integer({ min: 1, max: 4 }),
  ])(
    'is never slower with more servers, where work goes from one station to the next as a whole',
    (parts, { servers, ...limit }, more) => {
      const jobs = [{ phases: parts.map((part, i) => ({ station: names[i]!, atOnce: 1, bundles: [part] })) }]
      const seconds = (count: number) =>
        simulate({
          ...{ jobs, width: 1 },
          stations: Object.fromEntries(names.map(name => [name, { servers: count, ...limit }])),
        }).seconds
      expect(seconds(servers + more)).toBeLessThanOrEqual(seconds(servers) + 1e-9)
    },
  )

  test.prop([
    fc.array(sure, { minLength: 1, maxLength: 60 }),
    fc.array(fc.double({ min: 0, max: 5, noNaN: true }), { minLength: 1, maxLength: 5 }),
    fc.integer({ min: 1, max: 4 }),
  ])('is never slower with more servers, for none of those who come to one station', (all, gaps, servers) => {
    const jobs = arriving(
      all.map(task => ({ phases: [{ station: 'a', atOnce: 1, bundles: [[task]] }] })),
      gaps,
    )
    const starts = (count: number) => {
      const times: number[] = []
      simulate({ jobs, stations: { a: { servers: count } }, width: Infinity }, (now, _, change) => {
        if (change === 'start') times.push(now)
      })
      return times
    }
    const fewer = starts(servers)
    for (const [i, time] of starts(servers + 1).entries()) expect(time).toBeLessThanOrEqual(fewer[i]! + 1e-9)
  })

  test('says which station a phase names that there is not', () => {
    const task: Task = { attempts: [{ seconds: 1, fails: false }], pause: 0 }
    const jobs = [{ phases: [{ station: 'b', atOnce: 1, bundles: [[task]] }] }]
    expect(() => simulate({ stations: { a: { servers: 1 } }, jobs, width: 1 })).toThrow('the station b')
  })
})
