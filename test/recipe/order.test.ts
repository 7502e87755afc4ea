import { describe, expect } from 'vitest'
import { clipEpochs, first } from '../../src/recipe/order.ts'
import { fc, test } from '../property.ts'

const chains = fc
  .array(fc.nat(6), { minLength: 1, maxLength: 60 })
  .map(clips => clips.map((clip, id) => ({ path: `${clip}.mp4`, id })))
const batch = fc.constantFrom(1, 4, 8, 16, 24, 32, 64)

describe('epochs by clip', () => {
  test.prop([chains, batch, fc.nat(1000)])('hold every chain once, and a seed repeats them', (all, size, seed) => {
    const taken = () => [...first(clipEpochs(all, { seed, batch: size }), 2 * all.length)]
    const ids = taken().map(({ id }) => id)
    for (const epoch of [ids.slice(0, all.length), ids.slice(all.length)])
      expect(epoch.toSorted((a, b) => a - b)).toEqual(all.map(({ id }) => id))
    expect(taken().map(({ id }) => id)).toEqual(ids)
  })

  test.prop([fc.constantFrom([4, 1], [8, 1], [16, 2], [24, 3], [32, 4], [256, 4]), fc.nat(1000)])(
    'keep as many of a clip side by side as leave a batch eight clips, and no more than four',
    ([size = 0, together = 0], seed) => {
      const all = Array.from({ length: 96 }, (_, id) => ({ path: `${id % 8}.mp4`, id }))
      const order = [...first(clipEpochs(all, { seed, batch: size }), all.length)]
      for (let at = 0; at < order.length; at += together)
        expect(new Set(order.slice(at, at + together).map(({ path }) => path)).size).toBe(1)
      const runs = order.filter(({ path }, i) => path !== order[i - 1]?.path).length
      expect(runs).toBeGreaterThan(96 / together / 2)
    },
  )

  test('are none where there are no chains', () => {
    expect([...clipEpochs([], { seed: 1, batch: 32 })]).toEqual([])
  })
})
