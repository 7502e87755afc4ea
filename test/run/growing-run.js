/** A job that writes a row and a group every fifth of a second until it is killed: `node test/run/growing-run.js DIR`. */
import { openRun } from 'kinograd/run'

const [directory = ''] = process.argv.slice(2)
const opened = await openRun({ directory, config: { seed: 1 }, resume: false })()
if (opened._tag === 'Left') throw new Error(opened.left.cause)
const run = opened.right
for (let step = 0; step < 500; step++) {
  await run.metrics({
    phase: 'tune',
    step,
    values: { 'look/score': step, 'when/score': step / 2, 'why/score': 1, loss: 1 / (step + 1) },
  })()
  const row = place => ({
    phase: 'tune',
    step,
    id: `question-${step}`,
    place,
    problem: 'What <b>happens</b>?',
    completion: 'seen so',
    rewards: { look: place, when: 0, why: 1 },
    advantages: { look: 1, when: 0, why: -1 },
    segments: [
      { process: 'look', text: 'seen', tokens: ['seen'], advantage: 1 },
      { process: 'why', text: ' so', tokens: [' so'], advantage: -1 },
    ],
  })
  await run.rollouts([row(0), row(1)])()
  await new Promise(resolve => setTimeout(resolve, 200))
}
