import { always, simulateAnnotation, simulateTraining, type TrainingModel } from 'kinograd/simulation'
import { describe, expect } from 'vitest'
import { fc, test } from '../property.ts'

const model: TrainingModel = {
  ...{ updates: 40, width: 1, questions: 3, completions: 4, tokens: always(10), apart: true },
  look: { seconds: always(0.5) },
  rollout: { fixed: 1, step: 0.1 },
  update: { question: 0.2, token: 0.01 },
}

describe('a training run', () => {
  test('of certain times takes their sum, and its bottleneck is the largest of them', () => {
    // Three clips, a second and ten steps, three questions and 120 tokens.
    const found = simulateTraining(model, 0)
    expect(found.secondsPerUpdate).toBeCloseTo(1.5 + 2 + 0.6 + 1.2)
    expect(found.bottleneck).toBe('rollout')
    expect(found.without.find(({ what }) => what === 'rollout')?.seconds).toBeCloseTo(1.5 + 0.6 + 1.2)
  })
  test('with a judge takes as long as the slowest of each group, one group after the other', () => {
    const judge = { seconds: { kind: 'among', values: [1, 3] } as const, dollars: 0.5 }
    const found = simulateTraining({ ...model, judge }, 1)
    const more = found.secondsPerUpdate - 5.3
    // The slowest of four is 3 s in 15 of 16 groups.
    expect(more).toBeGreaterThan(3 * 2.7)
    expect(more).toBeLessThan(9.001)
    expect(found.dollars).toBeCloseTo(40 * 12 * 0.5)
    const atOnce = simulateTraining({ ...model, judge: { ...judge, groupsAtOnce: 3 } }, 1)
    expect(atOnce.secondsPerUpdate - 5.3).toBeLessThan(3.001)
    // One request at a time: all twelve after each other.
    const single = simulateTraining({ ...model, judge: { ...judge, atOnce: 1, groupsAtOnce: 3 } }, 1)
    expect(single.secondsPerUpdate - 5.3).toBeGreaterThan(12 * 1.5)
    expect(single.bottleneck).toBe('judge')
  })
  test('with more batches under way is faster, and never staler than one less', () => {
    const judge = { seconds: { kind: 'lognormal', median: 6, sigma: 0.5 } as const }
    const found = [1, 2, 3].map(width => simulateTraining({ ...model, width, judge }, 2))
    expect(found[1]!.secondsPerUpdate).toBeLessThan(found[0]!.secondsPerUpdate * 0.8)
    expect(found[2]!.secondsPerUpdate).toBeLessThan(found[1]!.secondsPerUpdate)
    expect(found.map(({ staleness }) => staleness.most)).toEqual([0, 1, 2])
    expect(found[0]!.staleness.mean).toBe(0)
  })
  test('loses the questions whose clips cannot be looked at, and the work on them', () => {
    const look = { seconds: always(0.5), fails: 0.5, workers: 4, atOnce: 3 }
    const some = simulateTraining({ ...model, look }, 3)
    expect(some.lost.looked).toBeGreaterThan(40)
    expect(some.lost.looked).toBeLessThan(80)
    expect(some.secondsPerUpdate).toBeLessThan(
      simulateTraining({ ...model, look: { ...look, fails: 0 } }, 3).secondsPerUpdate,
    )
    // Tried three times, an eighth is lost.
    const again = simulateTraining({ ...model, look: { ...look, attempts: 3, pause: 0.1 } }, 3)
    expect(again.lost.looked).toBeLessThan(30)
    expect(again.stations.look?.again).toBeGreaterThan(40)
  })
  const spread = fc.record({
    updates: fc.integer({ min: 2, max: 25 }),
    width: fc.integer({ min: 1, max: 5 }),
    questions: fc.integer({ min: 1, max: 5 }),
    completions: fc.integer({ min: 1, max: 5 }),
    mean: fc.double({ min: 0.1, max: 20, noNaN: true }),
    fails: fc.double({ min: 0, max: 0.6, noNaN: true }),
    groupsAtOnce: fc.integer({ min: 1, max: 5 }),
    atOnce: fc.integer({ min: 1, max: 8 }),
    seed: fc.integer(),
  })
  test.prop([spread], { numRuns: 60 })(
    'is never staler than its width less one, and comes to the same every time',
    given => {
      const { mean, fails, groupsAtOnce, atOnce, seed, ...sizes } = given
      const judge = {
        seconds: { kind: 'exponential', mean } as const,
        fails,
        attempts: 2,
        pause: 1,
        groupsAtOnce,
        atOnce,
      }
      const found = simulateTraining({ ...model, ...sizes, judge }, seed)
      expect(found.staleness.most).toBeLessThan(sizes.width)
      expect(found.stations.judge?.entered).toBe(sizes.updates * sizes.questions * sizes.completions)
      expect(simulateTraining({ ...model, ...sizes, judge }, seed)).toEqual(found)
    },
  )
})

describe('annotation', () => {
  const base = { records: 3000, inFlight: 2, look: { seconds: always(0.2) } }
  const teacher = { seconds: { kind: 'exponential', mean: 2 } as const, dollars: 0.01 }
  test('is linear in workers until a limit is met, which is then what holds it up', () => {
    const seconds = [1, 2, 4, 8, 64].map(workers =>
      simulateAnnotation({ ...base, workers, teacher: { ...teacher, perMinute: 600 } }, 4),
    )
    const [one, two, four, eight, many] = seconds.map(found => found.seconds)
    expect(one! / two!).toBeGreaterThan(1.9)
    expect(two! / four!).toBeGreaterThan(1.9)
    expect(four! / eight!).toBeGreaterThan(1.8)
    // Ten a second and no more: four windows of a minute are begun after the first.
    expect(many!).toBeGreaterThan(3000 / 10 - 61)
    expect(seconds[4]!.bottleneck).toBe('teacher')
  })
  test('asks no judge about what the verifier drops, and nobody about a clip that cannot be looked at', () => {
    const found = simulateAnnotation(
      {
        ...base,
        workers: 4,
        teacher,
        look: { seconds: always(0.2), fails: 0.1 },
        passes: 0.5,
        judge: { seconds: always(1), dollars: 1 },
      },
      5,
    )
    const { look, teacher: asked, judge } = found.stations
    expect(look?.failed).toBe(found.failed)
    expect(asked?.entered).toBe(3000 - found.failed)
    expect(judge!.entered / asked!.entered).toBeGreaterThan(0.45)
    expect(judge!.entered / asked!.entered).toBeLessThan(0.55)
    expect(found.dollars).toBeCloseTo(asked!.done * 0.01 + judge!.done)
  })
})
