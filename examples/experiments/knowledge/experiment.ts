import { either as E, function as F, taskEither as TE } from 'fp-ts'
import type { Fault } from 'kinograd/flow'
import type { ReportTable } from 'kinograd/run'
import { type TextIndex, textIndex } from 'kinograd/stages'
import { sufficient } from '../../videop2r/world/index.ts'
import type { Experiment, Findings, Place } from '../experiment.ts'
import { type Groundwork, groundworkOf } from '../groundwork.ts'
import { difference, mean, spread } from '../spread.ts'
import { type Answered, answersOf } from './answers.ts'
import { catalogue, isTaught, numberOf } from './catalogue.ts'
import { asking, chainByHeart, chainWithEntry, reading } from './chains.ts'
import { type Shown, shownIn } from './clips.ts'
import { fineTuned } from './fine-tuned.ts'

/** What one policy reached on the questions of one seed, as shares; undefined where there was no such question. */
interface Shares {
  readonly accuracy: number | undefined
  readonly taught: number | undefined
  readonly untaught: number | undefined
  readonly sufficient: number | undefined
  readonly wellFormed: number | undefined
  /** Questions that failed: they are in no share. */
  readonly failed: number
}

const share = (all: readonly boolean[]): number | undefined => (all.length === 0 ? undefined : mean(all.map(Number)))

const sharesOf = (shown: readonly Shown[], { answers, failed }: Answered): Shares => {
  const codeOf = new Map(shown.map(({ record, code }) => [record.id, code]))
  const all = answers.flatMap(({ record, rollouts: [rollout] }) => {
    const code = codeOf.get(record.id)
    if (code === undefined || rollout === undefined) return []
    const { perception, reasoning } = rollout.processes
    return [
      {
        taught: isTaught(code),
        right: reasoning?.answer?.trim() === record.answer,
        sufficient: sufficient(reading(record, code), perception?.observation ?? ''),
        wellFormed: Object.values(rollout.processes).every(texts => texts !== null),
      },
    ]
  })
  return {
    accuracy: share(all.map(({ right }) => right)),
    taught: share(all.filter(one => one.taught).map(({ right }) => right)),
    untaught: share(all.filter(one => !one.taught).map(({ right }) => right)),
    sufficient: share(all.map(one => one.sufficient)),
    wellFormed: share(all.map(one => one.wellFormed)),
    failed,
  }
}

interface OfSeed {
  readonly without: Shares
  readonly retrieved: Shares
}

const ofGroundwork = (place: Place, groundwork: Groundwork): TE.TaskEither<Fault, OfSeed> => {
  const { seed, recipe } = groundwork
  const tested = (checkpoint: string, known: boolean, shown: readonly Shown[]) =>
    F.pipe(
      TE.fromEither<Fault, TextIndex | undefined>(known ? textIndex(catalogue(seed)) : E.right(undefined)),
      TE.flatMap(index =>
        answersOf(
          { recipe, checkpoint, index, signal: place.signal },
          shown.map(({ record, code }) => asking(record, numberOf(code, seed))),
        ),
      ),
      TE.map(answers => sharesOf(shown, answers)),
    )
  return F.pipe(
    shownIn(groundwork, 'train-sft'),
    TE.bindTo('learned'),
    TE.bind('shown', () => shownIn(groundwork, 'test')),
    TE.bind('heart', ({ learned }) =>
      fineTuned(
        place,
        groundwork,
        'by-heart',
        learned.flatMap(({ record, code }) => chainByHeart(record, code, seed)),
      ),
    ),
    TE.bind('entries', ({ learned }) =>
      fineTuned(
        place,
        groundwork,
        'with-entries',
        learned.map(({ record, code }) => chainWithEntry(record, code, seed)),
      ),
    ),
    TE.bind('without', ({ heart, shown }) => tested(heart, false, shown)),
    TE.bind('retrieved', ({ entries, shown }) => tested(entries, true, shown)),
  )
}

const rows: readonly (readonly [title: string, measure: keyof Shares])[] = [
  ['accuracy', 'accuracy'],
  ['texts whose number was taught', 'taught'],
  ['texts whose number was never taught', 'untaught'],
  ['sufficient observation', 'sufficient'],
  ['well-formed output', 'wellFormed'],
]

const findings = (seeds: readonly OfSeed[]): Findings => {
  const of = (which: keyof OfSeed, measure: keyof Shares) => seeds.flatMap(seed => seed[which][measure] ?? [])
  const failed = seeds.reduce((sum, { without, retrieved }) => sum + without.failed + retrieved.failed, 0)
  const table: ReportTable = {
    kind: 'table',
    columns: [{ title: '' }, { title: 'without', align: 'right' }, { title: 'with retrieval', align: 'right' }],
    rows: rows.map(([name, measure]) => ({
      name,
      cells: [spread(of('without', measure)), spread(of('retrieved', measure))],
    })),
  }
  return {
    tables: [table],
    figures: [
      {
        kind: 'bars',
        title: 'Facts that no clip shows',
        x: '',
        y: 'share, means over seeds; lines: lowest to highest',
        order: ['without', 'with retrieval'],
        bars: rows.flatMap(([group, measure]) =>
          (['without', 'retrieved'] as const).flatMap(which => {
            const values = of(which, measure)
            const series = which === 'without' ? 'without' : 'with retrieval'
            return values.length === 0
              ? []
              : [{ group, series, value: mean(values), low: Math.min(...values), high: Math.max(...values) }]
          }),
        ),
      },
    ],
    notes: [
      ...rows.map(([name, measure]) =>
        difference(`with − without, ${name}`, of('retrieved', measure), of('without', measure)),
      ),
      `${failed} questions failed; they are in no share.`,
    ],
  }
}

/** An open question: facts that no clip shows. */
export const knowledge: Experiment = {
  name: 'knowledge',
  title: 'Facts that no clip shows',
  asks: 'Does it help to look up what a clip cannot show, between perception and reasoning (missing domain knowledge, arXiv 2511.11113, section 11)?',
  how: 'A catalogue gives each of the 72 texts that a clip may show a number. Two policies go on from the fine-tuned one: one learns the numbers of every second text by heart; one learns to read an entry that stands in its thinking, each time of another catalogue. In the test the second one observes, `retrieve` finds the entry by its observation, and it goes on behind that. By luck one in ten is right.',
  run: place =>
    F.pipe(
      place.seeds,
      TE.traverseSeqArray(seed =>
        F.pipe(
          groundworkOf(place, seed),
          TE.flatMap(groundwork => ofGroundwork(place, groundwork)),
        ),
      ),
      TE.map(findings),
    ),
}
