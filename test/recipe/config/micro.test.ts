import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { kinograd } from './command.ts'

const config = fileURLToPath(new URL('../../../examples/videop2r/micro.yaml', import.meta.url))

test('the micro-world is planned from its configuration, and a setting of it is checked', async () => {
  const planned = await kinograd(['run', config, '--dry-run', '--set', 'sft.steps=7'], { cwd: process.cwd() })
  expect([planned.code, planned.err]).toEqual([0, ''])
  expect(planned.out).toContain('CoT data')
  expect(planned.out).toContain('7 steps of 32 chains')
  expect(planned.out).toContain('the questions of the module')
  expect(planned.out).toMatch(/GRPO, run 1 .*\n.*sum, run 1 .*\n.*PA-GRPO, run 1 /)
  const wrong = await kinograd(['run', config, '--set', 'rl.arms.grpo.normaliser.reward=reason'], {
    cwd: process.cwd(),
  })
  expect(wrong.code).toBe(2)
  expect(wrong.err).toContain(
    'rl.arms.grpo.normaliser.reward: is "reason", no process of the template. Did you mean reasoning?',
  )
}, 120_000)
