/**
 * A pipeline with three processes instead of the paper's two: what is seen (perception), when it happens (grounding),
 * and what follows from it (reasoning). Each has its own reward, its own advantage and its own tokens. A script stands
 * in for the model, so that it runs anywhere in a moment: `node build/examples/three-processes.js`.
 */
import { argv } from 'node:process'
import { fileURLToPath } from 'node:url'
import { either as E, function as F } from 'fp-ts'
import { collapse, paGrpo, policyLoss, rewardMetrics, tokenAdvantages } from 'kinograd/advantage'
import { fault, items, pipeline, report, stage } from 'kinograd/flow'
import { assignTokens, parseProcesses, template } from 'kinograd/process'
import { accuracy, composeRewards, lengthReward, noLength, type ProcessMeasured, type Rewards } from 'kinograd/reward'
import { lastValueFrom, toArray } from 'rxjs'

/** Three processes, four tags; every type below follows from this line. */
const three = template({ perception: ['observation'], grounding: ['when'], reasoning: ['think', 'answer'] })
type Process = (typeof three.processes)[number]

interface Question {
  readonly id: string
  readonly fact: string
  readonly span: readonly [from: number, to: number]
  readonly answer: string
}

const questions: readonly Question[] = [
  { id: 'boxes', fact: '4 boxes', span: [2, 5], answer: '4' },
  { id: 'cars', fact: '3 cars', span: [0, 4], answer: '3' },
  { id: 'doors', fact: '2 doors', span: [6, 9], answer: '2' },
]

/** The stand-in for a policy: eight rollouts a question, some vague, some late, some wrong, one without its second part. */
const rollouts = ({ fact, span: [from, to], answer }: Question): readonly string[] =>
  Array.from({ length: 8 }, (_, i) => {
    const seen = i % 2 === 0 ? `I see ${fact} on the left .` : 'I see some things .'
    const when = i === 5 ? '' : ` <when>${from + (i % 3)} to ${to + (i % 3)} s</when>`
    return `<observation>${seen}</observation>${when} <think>so it is that many .</think><answer>${i < 5 ? answer : '7'}</answer>`
  })

/** The texts of the tokens; a tokeniser's own pieces serve as well, wherever they cut. */
const tokens = (text: string): readonly string[] => text.match(/<\/?\w+>|\s*[^\s<]+|\s+/g) ?? []

/** Temporal overlap of two spans in [0, 1]: intersection over union. */
const overlap = (text: string, [from, to]: Question['span']): number => {
  const [start = Number.NaN, end = Number.NaN] = (text.match(/\d+/g) ?? []).map(Number)
  const shared = Math.min(end, to) - Math.max(start, from)
  return shared > 0 ? shared / (Math.max(end, to) - Math.min(start, from)) : 0
}

const right = (answer: string, truth: string): E.Either<{ readonly _tag: string }, number> =>
  accuracy()('numerical')(answer, truth)

/** What is known of one process of one rollout: a part that is not there has accuracy 0 and format 0. */
const measure = (question: Question, text: string): Readonly<Record<Process, ProcessMeasured>> => {
  const read = parseProcesses(three, text)
  const { innerTokens } = assignTokens(three, tokens(text))
  const of = (process: Process, score: (texts: Partial<Record<string, string>>) => number | null): ProcessMeasured => {
    const texts = read[process]
    return E.isLeft(texts)
      ? { accuracy: 0, format: 0, tokens: innerTokens[process] }
      : { accuracy: score(texts.right), format: 1, tokens: innerTokens[process] }
  }
  return {
    perception: of('perception', ({ observation = '' }) => (observation.includes(question.fact) ? 1 : 0)),
    grounding: of('grounding', ({ when = '' }) => overlap(when, question.span)),
    // An answer that cannot be scored leaves the rollout unscored for this process: null, never 0.
    reasoning: of('reasoning', ({ answer = '' }) =>
      F.pipe(
        right(answer, question.answer),
        E.matchW(
          () => null,
          score => score,
        ),
      ),
    ),
  }
}

const compose = composeRewards({
  length: {
    perception: lengthReward({ range: [4, 20] }),
    grounding: noLength,
    reasoning: lengthReward({ range: [4, 40] }),
  },
})

const rollout = stage.addingEither({ name: 'rollout', item: (q: Question) => q.id }, q =>
  E.right({ texts: rollouts(q) }),
)

type Rolled = Question & { readonly texts: readonly string[] }
const score = stage.addingEither({ name: 'score', item: (q: Rolled) => q.id }, q => {
  const measured = q.texts.map(text => measure(q, text))
  return compose(q.id, {
    perception: measured.map(m => m.perception),
    grounding: measured.map(m => m.grounding),
    reasoning: measured.map(m => m.reasoning),
  })
})

type Scored = Rolled & Rewards<Process>
const advantage = stage.addingEither({ name: 'advantage', item: (q: Scored) => q.id }, q => {
  const owners = q.texts.map(text => assignTokens(three, tokens(text)).owners)
  return F.pipe(
    paGrpo()([q.raw]).at(0),
    E.fromNullable(fault('NoGroup', `no advantages for "${q.id}"`, 'Give a normaliser at least one group.')),
    E.bindTo('normalised'),
    E.bindW('advantages', ({ normalised }) => tokenAdvantages(normalised, owners)),
    E.map(found => ({ ...found, owners })),
  )
})

/** The same stages run on any source of questions; a process that is forgotten anywhere above does not compile. */
export const threeProcesses = pipeline('three processes', rollout, score, advantage)

const table = (name: string, values: ArrayLike<number>): string =>
  `  ${name.padEnd(11)}${Array.from(values, v => v.toFixed(2).padStart(7)).join('')}`

/** Runs it and says what each process was given. */
export const main = async (say: (line: string) => void): Promise<void> => {
  const done = await lastValueFrom(items(questions).pipe(threeProcesses, toArray()))
  for (const item of done) {
    if (E.isLeft(item)) {
      say(report(item.left))
      continue
    }
    const { id, raw, normalised, owners, advantages } = item.right
    say(`${id}: advantages of 8 rollouts`)
    for (const process of three.processes) say(table(process, normalised.advantages[process]))
    // On-policy: old log-probabilities are the current ones, so none are given; a model would give its own.
    const logprobs = owners.map(own => new Float64Array(own.length).fill(-1))
    const { loss, gradient } = policyLoss({ beta: 0, type: 'segment_mean' })({ advantages, owners })(logprobs)
    const pulled = gradient.reduce((n, row) => n + row.filter(g => g !== 0).length, 0)
    say(`  loss ${loss.toFixed(4)}, ${pulled} of ${owners.flat().length} tokens have a gradient`)
    say(`  equal rewards: ${JSON.stringify(collapse([raw]).byProcess)}`)
  }
  const raws = done.flatMap(item => (E.isRight(item) ? [item.right.raw] : []))
  say('metrics of all groups')
  for (const [name, value] of Object.entries(rewardMetrics(raws))) say(`  ${name.padEnd(34)} ${value.toFixed(3)}`)
}

if (argv[1] === fileURLToPath(import.meta.url)) await main(console.log)
