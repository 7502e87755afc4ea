import { join } from 'node:path'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import type { Engine } from 'kinograd/engine'
import { type Condition, conditions, type HasExamined, perceptionExamination } from 'kinograd/evaluation'
import { type Fault, items, iterate } from 'kinograd/flow'
import type { ReportTable } from 'kinograd/run'
import type { Experiment, Findings, Place } from '../experiment.ts'
import { type Groundwork, groundworkOf } from '../groundwork.ts'
import { mainArms } from '../main-arms.ts'
import { difference, mean, spread } from '../spread.ts'
import { armOf } from '../trained-arm.ts'
import { outputsOf } from './outputs.ts'
import { policyReader } from './reader.ts'

/** Questions that the reader is asked, four times for each policy that is examined. */
const questions = 200

/** What the reader reached behind the observations of a policy, and how many questions could not be asked. */
interface Examination {
  readonly shares: Readonly<Partial<Record<Condition, number>>>
  readonly failed: number
}

/** A policy whose observations are examined: where its outputs lie. */
interface Examined {
  readonly name: string
  readonly title: string
  readonly run: string
}

/** The reader's accuracy under each condition; none where no question could be asked. */
const sharesOf = (all: readonly HasExamined[]): Examination['shares'] =>
  Object.fromEntries(
    conditions.flatMap(condition => {
      const rewards = all.flatMap(({ examined }) => examined[condition]?.score.reward ?? [])
      return rewards.length === 0 ? [] : [[condition, mean(rewards)] as const]
    }),
  )

const examination = (
  place: Place,
  { recipe, directory }: Groundwork,
  engine: Engine,
  { name, run }: Examined,
): TE.TaskEither<Fault, Examination> =>
  F.pipe(
    recipe.policy,
    TE.bindTo('policy'),
    TE.bind('outputs', () => outputsOf(join(directory, 'world'), run, name, questions)),
    TE.flatMap(({ policy, outputs }) => async () => {
      const { root, decoder, spec } = recipe.media
      const examine = perceptionExamination({
        reader: policyReader(policy, engine),
        media: { root, decoder, frames: spec },
        prompt: ({ problem }) => problem,
      })
      const all: HasExamined[] = []
      let failed = 0
      for await (const item of iterate(items(outputs).pipe(examine), place.signal)) {
        if (E.isRight(item)) all.push(item.right)
        else failed += 1
      }
      return E.right({ shares: sharesOf(all), failed })
    }),
  )

type OfSeed = ReadonlyMap<string, Examination>

/** All policies of one seed, read by its policy after SFT. */
const ofSeed = (place: Place, seed: number): TE.TaskEither<Fault, OfSeed> =>
  F.pipe(
    groundworkOf(place, seed),
    TE.bindTo('groundwork'),
    TE.bind('examined', ({ groundwork }) =>
      F.pipe(
        mainArms,
        TE.traverseSeqArray(spec =>
          TE.map(
            ({ directory }: { directory: string }): Examined => ({
              name: spec.name,
              title: spec.title,
              run: directory,
            }),
          )(armOf(place, groundwork, spec)),
        ),
        TE.map((arms): readonly Examined[] => [{ name: 'sft', title: 'SFT', run: groundwork.directory }, ...arms]),
      ),
    ),
    TE.bind('policy', ({ groundwork }) => groundwork.recipe.policy),
    TE.bind('engine', ({ policy }) => policy.open('evaluation')),
    TE.flatMap(({ groundwork, examined, engine }) => async () => {
      const ended = await F.pipe(
        engine.load(groundwork.checkpoint, { weightsOnly: true }),
        TE.mapLeft((wrong): Fault => wrong),
        TE.flatMap(() =>
          TE.traverseSeqArray((one: Examined) =>
            TE.map((found: Examination) => [one.title, found] as const)(examination(place, groundwork, engine, one)),
          )(examined),
        ),
      )()
      engine.dispose()
      return E.map((all: readonly (readonly [string, Examination])[]) => new Map(all))(ended)
    }),
  )

const titles: Readonly<Record<Condition, string>> = {
  clip: 'clip',
  'clip+observation': 'clip and observation',
  text: 'text alone',
  'text+observation': 'text and observation',
}

const findings = (seeds: readonly OfSeed[]): Findings => {
  const policies = [...(seeds[0]?.keys() ?? [])]
  const of = (policy: string, condition: Condition) => seeds.flatMap(seed => seed.get(policy)?.shares[condition] ?? [])
  const failed = seeds.flatMap(seed => [...seed.values()]).reduce((sum, one) => sum + one.failed, 0)
  const table: ReportTable = {
    kind: 'table',
    columns: [
      { title: 'observations of' },
      ...conditions.map(one => ({ title: titles[one], align: 'right' as const })),
    ],
    rows: policies.map(name => ({ name, cells: conditions.map(condition => spread(of(name, condition))) })),
  }
  return {
    tables: [table],
    figures: [
      {
        kind: 'bars',
        title: 'What the reader answers',
        x: '',
        y: 'accuracy, means over seeds; lines: lowest to highest',
        order: conditions.map(one => titles[one]),
        bars: policies.flatMap(group =>
          conditions.flatMap(condition => {
            const values = of(group, condition)
            return values.length === 0
              ? []
              : [
                  {
                    group,
                    series: titles[condition],
                    value: mean(values),
                    low: Math.min(...values),
                    high: Math.max(...values),
                  },
                ]
          }),
        ),
      },
    ],
    notes: [
      difference(
        'text alone: behind PA-GRPO’s observations − behind SFT’s',
        of('PA-GRPO', 'text+observation'),
        of('SFT', 'text+observation'),
      ),
      difference(
        'text alone: behind PA-GRPO’s observations − behind GRPO’s',
        of('PA-GRPO', 'text+observation'),
        of('GRPO', 'text+observation'),
      ),
      difference(
        'PA-GRPO’s observations without the clip − the clip alone',
        of('PA-GRPO', 'text+observation'),
        of('PA-GRPO', 'clip'),
      ),
      `${failed} questions failed (an output without an observation has none to examine); they are in no share.`,
    ],
  }
}

/** Table 5: whether observations carry the answer. */
export const table5: Experiment = {
  name: 'table5',
  title: 'Table 5: the perception examination',
  asks: 'How well is a question answered from what a policy observed, with the clip and without (arXiv 2511.11113, Table 5)?',
  how: `The reader is the policy after SFT, whoever is examined. It answers ${questions} test questions greedily: from the clip or from black pictures, behind an observation of its own or behind the one that the examined policy wrote.`,
  run: place =>
    F.pipe(
      place.seeds,
      TE.traverseSeqArray(seed => ofSeed(place, seed)),
      TE.map(findings),
    ),
}
