import { function as F, taskEither as TE } from 'fp-ts'
import type { PolicySummary } from 'kinograd/recipe'
import type { Experiment, Findings } from './experiment.ts'
import { mainArms } from './main-arms.ts'
import { type Reached, reachedBy, reachedTable } from './reached.ts'
import { difference, mean } from './spread.ts'
import { armsOf } from './trained-arm.ts'

const mismatches = ({ policies }: Reached): readonly number[] =>
  policies.flatMap(({ thinkAnswerMismatch }) => thinkAnswerMismatch ?? [])

const findings = (rows: readonly Reached[]): Findings => {
  const of = (title: string): Reached => rows.find(row => row.title === title) ?? { title, policies: [] }
  return {
    tables: [reachedTable(rows)],
    figures: [
      {
        kind: 'bars',
        title: 'Answers that do not follow',
        x: '',
        y: 'share of answers, means over seeds',
        order: ['think–answer mismatch', 'answer does not follow the observation'],
        bars: rows.flatMap(row => {
          const unfaithful = row.policies.flatMap(({ faithfulness }) =>
            faithfulness === undefined ? [] : [1 - faithfulness],
          )
          return [
            ['think–answer mismatch', mismatches(row)] as const,
            ['answer does not follow the observation', unfaithful] as const,
          ].flatMap(([series, values]) =>
            values.length === 0
              ? []
              : [
                  {
                    group: row.title,
                    series,
                    value: mean(values),
                    low: Math.min(...values),
                    high: Math.max(...values),
                  },
                ],
          )
        }),
      },
    ],
    notes: [
      difference('PA-GRPO − GRPO, mismatch', mismatches(of('PA-GRPO')), mismatches(of('GRPO'))),
      difference('PA-GRPO − SFT, mismatch', mismatches(of('PA-GRPO')), mismatches(of('SFT'))),
      'A chain of this world ends its thinking with “so it is …”, which is then copied: a policy that is trained can hardly differ there by the making of this world, and only a model that thinks in sentences of its own can repeat the paper’s figures. Where the policies differ here is whether the answer follows from the observation.',
    ],
  }
}

/** Table 6: whether the answer is what the thinking came to. */
export const table6: Experiment = {
  name: 'table6',
  title: 'Table 6: think–answer mismatch',
  asks: 'How often is the answer another one than what the thinking comes to (arXiv 2511.11113, Table 6)?',
  how: 'Greedy answers of the untrained policy, after SFT, and of the three arms, read by the rule of the world (`mismatch`, `faithful`); questions of all types, not multiple choice alone.',
  run: place =>
    F.pipe(
      armsOf(place, mainArms),
      TE.map(seeds => {
        const before = (title: string, name: string): Reached => ({
          title,
          policies: seeds.flatMap(({ groundwork }): readonly PolicySummary[] => {
            const policy = groundwork.summary.policies[name]
            return policy === undefined ? [] : [policy]
          }),
        })
        return findings([before('untrained', 'base'), before('SFT', 'sft'), ...reachedBy(mainArms, seeds)])
      }),
    ),
}
