import { cases, full } from './memory/case.ts'
import { measured, predicted, rowsOf } from './memory/measure.ts'
import type { Bench, Row } from './row.ts'

/**
 * `npm run bench -- memory [large] [full]`: one PA-GRPO update (rollout, reference, gradient, step) of three models, each in a fresh process;
 * with `large` of the one of 0.5 billion parameters alone, with an adapter; with `full` of those that train all weights, moments in BF16
 * and 0.5 billion parameters among them. Measured is the peak of resident memory of the process and of each phase; predicted is what was
 * resident before there was a model, and the tensors that `predictMemory` counts.
 */
export const bench: Bench = async ({ rest }) => {
  const rows: Row[] = []
  for (const one of rest.includes('full') ? [...cases, ...full] : cases) {
    if (rest.includes('large') && one.rank === undefined) continue
    if (rest.includes('full') && one.rank !== undefined) continue
    const prediction = predicted(one)
    const found = await measured(one)
    const { parameters, backend, before } = found
    console.log(`${one.name}: ${parameters} parameters, ${backend}, ${(before / 1e6).toFixed(0)} MB before the model`)
    rows.push(...rowsOf(one, prediction, found))
  }
  return rows
}
