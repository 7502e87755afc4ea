import { type ArmSummary, namesOf, type PolicySummary, type RunSummary } from 'kinograd/recipe'

/** What a policy of the study is trained by. */
export interface CellPlace {
  readonly arm: string
  readonly rate: number
  readonly rlSeed: number
}

/** One policy of the study: what it reached, and how it got there. */
export interface Cell extends CellPlace {
  readonly policy: PolicySummary
  readonly run: ArmSummary
}

/** The name of a cell in the summary of its run. */
export const cellName = ({ arm, rate, rlSeed }: CellPlace): string => `${arm} ${rate} seed ${rlSeed}`

/** The cells of a study's run. */
export const cellsOf = ({ policies, runs }: RunSummary): readonly Cell[] =>
  Object.entries(runs).flatMap(([name, run]) => {
    const [arm = '', rate, , rlSeed] = name.split(' ')
    const policy = policies[name]
    return policy === undefined ? [] : [{ arm, rate: Number(rate), rlSeed: Number(rlSeed), policy, run }]
  })

const names = namesOf({})

/** What an arm is called in tables and figures. */
export const titleOf = (arm: string): string => names.get(arm) ?? arm
