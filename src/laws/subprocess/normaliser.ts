import type { Raw } from '../../advantage/index.ts'
import type { AsyncNormaliser } from '../advantage-laws.ts'
import { answerOf, Garbled, questionLine } from './answer.ts'
import { type ProgramOptions, program } from './program.ts'

/** A normaliser that is a program of its own; `close` ends it. */
export type SubprocessNormaliser<K extends string> = AsyncNormaliser<K> & { readonly close: () => void }

/**
 * Asks any program for advantages, over lines of JSON: it reads
 * `{"groups": [{"group": "a", "rewards": {"reward": [0, 1, null]}}]}` and writes `{"advantages": [[-0.7, 0.7, 0]]}`, a
 * list a group for all tokens, or `{"advantages": [{"reward": […], "outside": […]}]}` by process. null is unscored. Run
 * when it is first asked; one question at a time. It needs Node; a program that dies, writes what is no answer or does
 * not answer in time makes the law that asked a broken one.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { asyncAdvantageLaws, brokenAsyncLaws, subprocessNormaliser } from 'kinograd/laws'
 *
 * const silent = "process.stdin.on('data', () => console.log('hello'))"
 * const normaliser = subprocessNormaliser<'reward'>([process.execPath, '-e', silent])
 * const broken = await brokenAsyncLaws(asyncAdvantageLaws(normaliser, { family: 'grpo' }, ['reward']), { seed: 1 })
 * normaliser.close()
 * assert.deepEqual(broken.map(({ reason }) => reason), ['the program wrote a line that is no JSON: hello'])
 * ```
 */
export const subprocessNormaliser = <K extends string>(
  command: readonly [string, ...string[]],
  options: ProgramOptions = {},
): SubprocessNormaliser<K> => {
  const { ask, restart, close } = program(command, options)
  const normaliser = async (batch: readonly Raw<K>[]) => {
    const line = await ask(questionLine(batch))
    try {
      return answerOf(batch, line)
    } catch (thrown) {
      if (thrown instanceof Garbled) restart(thrown.message)
      throw thrown
    }
  }
  return Object.assign(normaliser, { close })
}
