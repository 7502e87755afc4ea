import { either as E, function as F, taskEither as TE } from 'fp-ts'
import type { VideoRecord } from 'kinograd/dataset'
import type { Engine } from 'kinograd/engine'
import { batch, each, type Fault, gate, items, iterate, pipeline, report, stage, within } from 'kinograd/flow'
import type { Recipe, RecipePolicy } from 'kinograd/recipe'
import * as S from 'kinograd/stages'

/** How a policy answers: from a checkpoint, with passages between perception and reasoning or without. */
export interface Asking {
  readonly recipe: Recipe<string, string>
  readonly checkpoint: string
  readonly index: S.TextIndex | undefined
  readonly signal: AbortSignal
}

/** One answer: the whole output, what was retrieved, and its processes. */
export interface Answer extends S.HasRecord, S.HasRollouts<string, string> {
  readonly passages: readonly S.Passage[]
}

type Begun = S.HasRecord & S.HasPrompt & S.HasGroup

/** What was observed: the query. */
const observed = ({ tokenizer }: RecipePolicy, { record, group }: Begun): string =>
  `${record.problem} ${tokenizer.decode(group[0]?.ids ?? new Int32Array())}`

/** The pipeline: look, observe, retrieve, think and answer. Without an index nothing is put in between. */
const answering = (
  { recipe: { media, template }, index }: Asking,
  policy: RecipePolicy,
  engine: Engine,
  end: number,
) => {
  const { tokenizer, prompt } = policy
  const greedy = (stop: number) => () => ({ count: 1, maxTokens: 72, temperature: 0, stop: [stop], seed: 0 })
  const none = stage.adding({ name: 'nothing', item: S.recordId }, (_: S.HasRecord) =>
    TE.right<Fault, S.HasPassages>({ passages: [] }),
  )
  const found =
    index === undefined ? none : S.retrieve(index, { query: (item: Begun) => observed(policy, item), most: 1 })
  return pipeline(
    'answer with what is known',
    each(
      pipeline(
        'ask',
        S.decode<S.HasRecord>({ root: media.root, decoder: media.decoder }),
        S.sampleFrames({ decoder: media.decoder, spec: media.spec }),
        S.toPrompt(prompt),
        stage.dropping('frames'),
      ),
    ),
    S.rollout({ engine, sampling: greedy(end) }),
    each(
      pipeline(
        'know',
        found,
        stage.pure({ name: 'begun', item: S.recordId }, item => ({ ...item, begun: item.group, asked: item.prompt })),
        S.continuePrompt(tokenizer, ({ passages: [first] }: Begun & S.HasPassages) =>
          first === undefined ? '<think>' : `<think> ${first.text}`,
        ),
      ),
    ),
    S.rollout({ engine, sampling: greedy(tokenizer.eos) }),
    each(
      stage.pure(
        { name: 'whole', item: S.recordId },
        ({ record, prompt: continued, asked, group, passages }): Answer => {
          const [rest] = group
          const ids = Int32Array.from([...continued.ids.slice(asked.ids.length), ...(rest?.ids ?? [])])
          return {
            record,
            passages,
            rollouts: [S.readRollout(template, tokenizer)({ ids, stop: rest?.stop ?? 'length' })],
          }
        },
      ),
    ),
  )
}

/** Answers of a policy, and how many questions failed instead. */
export interface Answered {
  readonly answers: readonly Answer[]
  readonly failed: number
}

/** Answers of a policy to questions, in order. Left: a checkpoint that cannot be loaded; what costs a whole batch. */
export const answersOf = (asking: Asking, records: readonly VideoRecord[]): TE.TaskEither<Fault, Answered> =>
  F.pipe(
    asking.recipe.policy,
    TE.bindTo('policy'),
    TE.bindW('engine', ({ policy }) => policy.open('evaluation')),
    TE.bindW('end', ({ policy }) => TE.fromEither(policy.tokenizer.encode('</observation>'))),
    TE.flatMap(({ policy, engine, end }) => async () => {
      const loaded = await engine.load(asking.checkpoint, { weightsOnly: true })()
      const all: Answer[] = []
      const scope = gate({ name: 'questions', inFlight: 1 })
      const asked = items(records.map(record => ({ record }))).pipe(
        batch(32),
        within(scope, answering(asking, policy, engine, end[0]!)),
      )
      let wrong: Fault | undefined = E.isLeft(loaded) ? loaded.left : undefined
      let failed = 0
      if (wrong === undefined)
        for await (const item of iterate(asked, asking.signal)) {
          if (E.isLeft(item)) wrong ??= { ...item.left.fault, cause: report(item.left) }
          else {
            all.push(...item.right.items)
            failed += item.right.failed.length
          }
        }
      engine.dispose()
      return wrong === undefined ? E.right({ answers: all, failed }) : E.left(wrong)
    }),
  )
