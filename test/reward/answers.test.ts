import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { differ } from '../../bench/conformance/answers.ts'

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

test('answers of every kind get the value that a careful reader gives them', async () => {
  const { cases, lines } = await differ(at('answers.jsonl'))
  expect(cases).toBeGreaterThan(500)
  expect(lines).toEqual([])
})

const reports = at('../../../shared/cases/answers.jsonl')
test.skipIf(!existsSync(reports))('so do those of public reports (skipped where ../shared is absent)', async () => {
  const { cases, lines } = await differ(reports)
  expect(cases).toBeGreaterThan(100)
  expect(lines).toEqual([])
})
