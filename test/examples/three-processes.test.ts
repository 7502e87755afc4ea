import { expect, test } from 'vitest'
import { main } from '../../examples/three-processes.ts'

test('the pipeline of three processes gives each its own advantages', async () => {
  const lines: string[] = []
  await main(line => lines.push(line))
  expect(lines.filter(line => line.endsWith('advantages of 8 rollouts'))).toHaveLength(3)
  for (const process of ['perception', 'grounding', 'reasoning']) {
    const row = lines.find(line => line.trim().startsWith(process)) ?? ''
    const advantages = (row.match(/-?\d+\.\d+/g) ?? []).map(Number)
    expect(advantages).toHaveLength(8)
    expect(Math.abs(advantages.reduce((s, a) => s + a, 0))).toBeLessThan(0.05)
  }
  expect(lines.some(line => line.trim().startsWith('rewards/grounding/mean'))).toBe(true)
})
