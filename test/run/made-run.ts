import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { orThrow } from 'kinograd/flow'
import { openRun, type RolloutRow } from 'kinograd/run'

/** Numbers in [0, 1) that are the same every time. */
export const numbers = (seed: number) => {
  let state = seed
  return () => {
    state = (state * 48271) % 2147483647
    return state / 2147483647
  }
}

/** A completion of two processes, a token a word. */
export const madeRow = (more: Partial<RolloutRow> & Pick<RolloutRow, 'phase' | 'step'>): RolloutRow => {
  const seen = ['<observation>', 'two', ' balls', '</observation>']
  const thought = [' <think>', 'so', '</think>', '<answer>', '2', '</answer>']
  return {
    id: `clip-${more.step % 7}`,
    place: 0,
    problem: 'How many balls?\nA. one\nB. two',
    problemType: 'numerical',
    answer: '2',
    completion: [...seen, ...thought].join(''),
    rewards: { perception: 2, reasoning: 1 },
    parts: { perception: { accuracy: 1, format: 1, length: 0 }, reasoning: { accuracy: 0, format: 1, length: 0 } },
    advantages: { perception: 0.5, reasoning: -1.5 },
    segments: [
      { process: 'perception', text: seen.join(''), tokens: seen, advantage: 0.5 },
      { process: 'reasoning', text: thought.join(''), tokens: thought, advantage: -1.5 },
    ],
    ...more,
  }
}

/** What a phase of a made run writes at a step. */
export interface MadeStep {
  readonly values: Readonly<Record<string, number>>
  readonly rows: readonly RolloutRow[]
}

/** A run folder whose phases wrote so many steps each. */
export const madeRun = async (
  phases: readonly string[],
  steps: number,
  make: (phase: string, step: number) => MadeStep,
): Promise<string> => {
  const directory = await mkdtemp(join(tmpdir(), 'made-run-'))
  const run = orThrow(await openRun({ directory, config: { seed: 1 }, resume: false })())
  for (const phase of phases)
    for (let step = 0; step < steps; step++) {
      const { values, rows } = make(phase, step)
      orThrow(await run.metrics({ phase, step, values })())
      orThrow(await run.rollouts([...rows])())
    }
  await run.close()
  return directory
}
