import { armRuns } from '../../arm-runs.ts'
import { atOnceOf } from '../../at-once.ts'
import { usuallyAtOnce } from '../../grades.ts'
import { armsOf, defaultMaxTokens } from '../compile/arms.ts'
import type { Surveyed } from '../disk/survey.ts'
import { isJudged } from '../rules/rewards.ts'
import type { RunSettings } from '../settings/run-settings.ts'

/** How much each phase of a run does. What a module makes is not known before it is run. */
export interface Counts {
  /** Questions to the teacher. */
  readonly annotation?: number
  readonly sft?: { readonly steps: number; readonly batch: number }
  /** One entry a run of an arm. */
  readonly rl: readonly {
    readonly title: string
    readonly updates: number
    readonly prompts: number
    readonly completions: number
    readonly maxTokens: number
    /** Whether log-probabilities of a reference are computed. */
    readonly reference: boolean
  }[]
  /** Runs of arms at the same time; 1 where there are none. */
  readonly atOnce: number
  readonly evaluation?: {
    readonly policies: number
    readonly questions: number
    readonly rounds: number
    readonly maxTokens: number
    /** Questions asked at the same time, and policies. */
    readonly atOnce: number
    readonly policiesAtOnce: number
  }
  /** Questions asked of policies on the way, of all arms together. */
  readonly watched: number
  /** Questions to the judge at most: of chains, of rollouts, of answers. */
  readonly judged: { readonly chains: number; readonly rollouts: number; readonly answers: number }
}

/** How many records a phase has: its own, else those of the whole configuration. */
const recordsFor = (surveyed: readonly Surveyed[], ...paths: readonly (readonly string[])[]): number => {
  for (const path of paths) {
    const found = surveyed.find(({ at }) => at.join('.') === path.join('.'))
    if (found !== undefined) return found.count
  }
  return 0
}

const evaluationRounds = 1024

/** Counts what a configuration asks for, from its settings and from what its files hold. */
export const countsOf = (settings: RunSettings, surveyed: readonly Surveyed[]): Counts => {
  const { annotation, sft, rl, evaluation, judge } = settings
  const all = ['records']
  const annotated = annotation === undefined ? 0 : recordsFor(surveyed, ['annotation', 'records'], all)
  const runs = rl === undefined ? [] : armRuns({ ...rl, arms: armsOf(rl) }, settings.seed ?? 0)
  const arms = runs.map(({ run }) => run)
  const { updates = 0, prompts = 7, completions = 8, watch, sampling, rewards = {} } = rl ?? {}
  const questions = evaluation === undefined ? 0 : recordsFor(surveyed, ['evaluation', 'records'], all)
  const policies =
    evaluation?.of?.reduce((sum, name) => sum + Math.max(1, runs.filter(({ of }) => of.name === name).length), 0) ??
    1 + (sft === undefined ? 0 : 1) + arms.length
  const rounds = evaluation?.again === undefined ? 1 : 2
  const watchedOnce =
    watch === undefined ? 0 : recordsFor(surveyed, ['rl', 'watch', 'records'], ['evaluation', 'records'], all)
  const watched = watch === undefined ? 0 : arms.length * watchedOnce * (1 + Math.ceil(updates / watch.every))
  const judgedProcesses = Object.values(rewards).filter(isJudged).length
  const asked = judge === undefined ? 0 : 1
  const atOnce = atOnceOf(settings)
  const tested = {
    ...{ policies, questions, rounds, maxTokens: evaluation?.maxTokens ?? evaluationRounds },
    ...{ atOnce: evaluation?.atOnce ?? usuallyAtOnce, policiesAtOnce: Math.max(1, Math.min(atOnce.policy, policies)) },
  }
  return {
    ...(annotation === undefined ? {} : { annotation: annotated }),
    ...(sft === undefined ? {} : { sft: { steps: sft.steps, batch: sft.batch ?? 16 } }),
    rl: arms.map(({ title, loss }) => ({
      ...{ title, updates, prompts, completions },
      maxTokens: sampling?.maxTokens ?? defaultMaxTokens,
      reference: (loss.beta ?? 0.04) > 0,
    })),
    atOnce: Math.max(1, Math.min(atOnce.arm, arms.length)),
    ...(evaluation === undefined ? {} : { evaluation: tested }),
    watched,
    judged: {
      chains: asked * annotated,
      rollouts: asked * arms.length * updates * prompts * completions * judgedProcesses,
      answers: asked * (watched + policies * questions * rounds),
    },
  }
}
