import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { either as E } from 'fp-ts'
import type { Fault } from 'kinograd/flow'
import { calibrated, readMeasuredRun, secondsPerUpdate, simulateTraining } from 'kinograd/simulation'
import type { Bench, Row } from './row.ts'
import { type Case, calibration, heldOut } from './simulate/cases.ts'
import { measured, openGround } from './simulate/measured.ts'

const must = <A>(given: E.Either<Fault, A>): A => {
  if (E.isRight(given)) return given.right
  throw new Error(`${given.left.cause}. ${given.left.remedy}`)
}

/** Updates of the main job's policy with fresh weights, and what the model says of those that it was not calibrated on. */
export const bench: Bench = async ({ rest: [kept] }) => {
  const directory = kept ?? (await mkdtemp(join(tmpdir(), 'kinograd-simulate-')))
  const ground = await openGround(directory)
  const run = async (one: Case) => must(await readMeasuredRun(await measured(ground, one))())
  const known = []
  for (const one of calibration) known.push(await run(one))
  const { look, tokens, rollout, update } = must(calibrated(known))
  const rows: Row[] = []
  for (const one of heldOut) {
    const seconds = secondsPerUpdate(await run(one))
    const { name, prompts, completions, width, judge } = one
    const said = simulateTraining(
      {
        ...{ updates: 200, width, questions: prompts, completions, tokens, rollout, update },
        look: { seconds: { kind: 'always', value: look } },
        ...(judge === undefined ? {} : { judge }),
      },
      0,
    ).secondsPerUpdate
    const about = `${name}: ${prompts} × ${completions}, width ${width}`
    rows.push({ case: about, ours: said, peer: seconds, peerName: 'measured', ratio: said / seconds, unit: 's' })
  }
  if (kept === undefined) await rm(directory, { recursive: true })
  return rows
}
