import { choice, flag, number, type Read, setting, text, whole } from '../codec/setting.ts'
import { named, settings, shortOrLong } from '../codec/settings.ts'

/** A function of the user's own: a file that exports it. */
const ownFunction = settings(
  { module: text('a file of JavaScript such as ./own.js') },
  {
    /** The name under which the file exports it; `default` when not given. */
    export: text('the name of an export'),
  },
)
/** A function of the user's own, as it was written. */
export type OwnFunctionSetting = Read<typeof ownFunction>

/** How a process is rewarded for being right: the judge on a tag, the metric of the problem type on a tag, or an own function. */
const accuracy = shortOrLong(choice(['sufficiency', 'answer', 'none']), ownFunction)

const range = setting('two whole numbers of tokens such as [128, 320], the smaller first', value => {
  const [least, most, ...rest]: readonly unknown[] = Array.isArray(value) ? value : []
  return Number.isSafeInteger(least) &&
    Number.isSafeInteger(most) &&
    rest.length === 0 &&
    Number(least) >= 0 &&
    Number(least) <= Number(most)
    ? ([Number(least), Number(most)] as const)
    : undefined
})

/** The reward of one process. */
const ofProcess = shortOrLong(
  choice(['sufficiency', 'answer', 'none']),
  settings(
    { accuracy },
    {
      /** The tag that the accuracy reads; the first of the process for `sufficiency`, the last for `answer`. */
      tag: text('a tag of this process'),
      /** Tokens that earn the length reward. */
      length: shortOrLong(range, settings({ range }, { bonus: number({ above: 0 }) })),
      /** Further rewards by name. */
      also: named('names of rewards to functions', ownFunction),
    },
  ),
)
/** The reward of one process, as it was written. */
export type ProcessRewardSetting = Read<typeof ofProcess>

/** Rewards by process. */
export const rewards = named('processes to their rewards', ofProcess)

/** Weights of `accuracy`, `format`, `length` and further rewards, by name. */
export const weights = named('names of rewards to weights', number())

/** Presets of normaliser and loss by name. */
const normaliserNames = ['paGrpo', 'grpo', 'sum', 'drGrpo', 'gdpo', 'gspo', 'rloo', 'reinforcePlusPlus'] as const

/** How rewards become advantages. */
export const normaliser = shortOrLong(
  choice(normaliserNames),
  settings(
    { preset: choice(normaliserNames) },
    {
      /** For `grpo` and `gspo`: the process whose reward counts. */
      reward: text('the name of a process'),
      /** Weights of processes, for the presets that add them up. */
      weights: named('processes to weights', number()),
      scale: choice(['group', 'batch', 'none']),
      ddof: choice([0, 1]),
      epsilon: number({ from: 0 }),
      baseline: choice(['group', 'batch']),
    },
  ),
)
/** How rewards become advantages, as it was written. */
export type NormaliserSetting = Read<typeof normaliser>

/** Options of the loss that take the place of the preset's. */
export const loss = settings(
  {},
  {
    type: choice(['grpo', 'bnpo', 'dr_grpo', 'dapo', 'cispo', 'sapo', 'segment_mean']),
    level: choice(['token', 'sequence']),
    beta: number({ from: 0 }),
    epsilonLow: number({ above: 0 }),
    epsilonHigh: number({ above: 0 }),
    delta: number({ above: 0 }),
    maxCompletionLength: whole({ from: 1 }),
    klBound: number({ above: 0 }),
    klRatio: flag,
  },
)
