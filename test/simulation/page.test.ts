import {
  always,
  findingsPage,
  findingsTables,
  type SimulationFindings,
  simulateAnnotation,
  simulateTraining,
} from 'kinograd/simulation'
import { describe, expect, test } from 'vitest'

const teacher = { seconds: always(2), dollars: 0.01 }
const judge = { seconds: always(1), fails: 0.5 }
const found: SimulationFindings = {
  ...{ name: '</title><script>alert(1)</script>', seed: 3, within: 0.15 },
  checks: [
    { name: 'near', measured: 2, simulated: 2.1, off: 0.05 },
    { name: '<b>far</b>', measured: 2, simulated: 3, off: 0.5 },
  ],
  byWorkers: [1, 8].map(workers => ({
    workers,
    annotation: simulateAnnotation({ records: 200, workers, inFlight: 2, look: { seconds: always(1) }, teacher }, 0),
    training: simulateTraining(
      {
        ...{ updates: 10, width: 2, questions: 2, completions: 3, tokens: always(10), judge },
        ...{ look: { seconds: always(1), workers }, rollout: { fixed: 1 }, update: { fixed: 1 } },
      },
      0,
    ),
  })),
}

describe('what a simulation found', () => {
  test('is three tables: updates, annotation, and what was measured', () => {
    const tables = findingsTables(found)
    expect(tables.map(({ title }) => title)).toEqual(['Training', 'Annotation', 'Beside what was measured'])
    expect(tables.map(({ table }) => table.rows.length)).toEqual([2, 2, 2])
    expect(tables[2]!.table.rows.map(({ cells }) => cells.at(-1))).toEqual([
      { text: '+5.0 %', bold: false },
      { text: '+50.0 %', bold: true },
    ])
    expect(findingsTables({ ...found, byWorkers: [], checks: [] })).toEqual([])
  })
  test('is a page with figures, no script and nothing that was smuggled in', async () => {
    const page = await findingsPage(found)
    expect(page.match(/<svg/g)?.length).toBe(3)
    expect(page).not.toContain('<script>alert')
    expect(page).not.toContain('<b>far')
    expect(page).toContain('without look')
  })
})
