import { either as E } from 'fp-ts'
import { type Fault, fault } from '../flow/index.ts'
import { armRuns } from './arm-runs.ts'
import { atOnceOf } from './at-once.ts'
import type { AnyRecipe } from './job.ts'
import { phasesOf } from './titles.ts'

const bad = (cause: string, remedy: string): E.Either<Fault, never> => E.left(fault('BadRecipe', cause, remedy))

/** What is wrong with the first control of T-GRPO that cannot be. */
const badControl = ({ rl }: AnyRecipe): E.Either<Fault, never> | undefined => {
  for (const { name, temporal } of rl?.arms ?? []) {
    if (temporal === undefined) continue
    const { process, completions } = temporal
    const processes = Object.keys(rl!.rewards.accuracy)
    if (!processes.includes(process))
      return bad(`temporal of arm "${name}" is for the process "${process}"`, `Name one of ${processes.join(', ')}.`)
    if (!(Number.isInteger(completions) && completions >= 1))
      return bad(
        `temporal of arm "${name}" has ${completions} completions`,
        'Give a whole number, 1 or more; Video-R1 has half as many as of the clip in order.',
      )
  }
  return undefined
}

const badAtOnce = (recipe: AnyRecipe): E.Either<Fault, never> | undefined => {
  const { arm, policy } = atOnceOf(recipe)
  const asked = [
    ['runs of arms', arm],
    ['policies', policy],
  ] as const
  for (const [what, atOnce] of asked) {
    if (!(Number.isInteger(atOnce) && atOnce >= 1))
      return bad(`${atOnce} ${what} are to be done at once`, 'Give a whole number, 1 or more.')
    if (atOnce > 1 && recipe.source === undefined)
      return bad(
        `${atOnce} ${what} are to be done at once, and nothing says how another process makes the recipe`,
        'Give `source`, or do one after the other.',
      )
  }
  return undefined
}

/** What a recipe lacks before anything of it is done. Left: `BadRecipe`. */
export const checkRecipe = (recipe: AnyRecipe): E.Either<Fault, void> => {
  const { data, sft, rl, evaluation, grading } = recipe
  const titles = phasesOf(recipe)
  const twice = titles.find((title, i) => titles.indexOf(title) !== i)
  // Where arms have several runs, the summary names both.
  const runs = rl === undefined ? [] : armRuns(rl, 0).filter(({ run, of }) => run !== of)
  const names = [...(rl?.arms ?? []), ...runs.map(({ run }) => run)].map(({ name }) => name)
  const double = names.find((name, i) => names.indexOf(name) !== i || name === 'sft' || name === 'base')
  if (rl?.arms.length === 0) return bad('reinforcement has 0 arms', 'Give one or more arms.')
  if (rl?.seeds !== undefined && !(Number.isInteger(rl.seeds) && rl.seeds >= 1))
    return bad(`each arm is to be run ${rl.seeds} times`, 'Give a whole number of seeds, 1 or more.')
  if (titles.length === 0) return bad('the recipe has 0 phases', 'Give it one or more of data, sft, rl and evaluation.')
  if (twice !== undefined) return bad(`two phases are called "${twice}"`, 'Give each a title of its own.')
  if (double !== undefined)
    return bad(`an arm has the name "${double}" of another policy`, 'Give each arm a name of its own.')
  if (sft !== undefined && sft.chains === undefined && data === undefined)
    return bad('fine-tuning has no chains, and there is no data phase that writes some', 'Give `chains` or `data`.')
  if ((evaluation !== undefined || rl?.watch !== undefined) && grading === undefined)
    return bad('policies are to be evaluated, and nothing says how an answer is graded', 'Give `grading`.')
  return badAtOnce(recipe) ?? badControl(recipe) ?? E.right(undefined)
}
