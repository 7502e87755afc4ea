import { either as E, option as O, taskEither as TE } from 'fp-ts'
import { fault } from 'kinograd/flow'
import type { Annotator, TeacherFault } from 'kinograd/teacher'
import { conclude, observe, sayChain } from './chain.ts'
import type { Fact } from './facts.ts'
import { factsOf, subject } from './facts.ts'
import { misstate, wrongAnswer } from './mistakes.ts'
import type { Question } from './question.ts'
import { readQuestion } from './question.ts'
import type { Random } from './random.ts'
import { random } from './random.ts'
import type { TeacherRates } from './rates.ts'
import { defaultRates, vagueBefore } from './rates.ts'
import type { Scene } from './scene.ts'
import { needs, solve } from './solve.ts'

/** Which facts stay vague: none, or at least one, each at its rate. */
const drawVague = (r: Random, rates: TeacherRates, objects: number, count: number): readonly boolean[] => {
  const rate = rates.vague[objects - 1] ?? rates.vague[2]
  if (!r.chance(vagueBefore(rates, objects, count))) return Array.from({ length: count }, () => false)
  for (;;) {
    const vague = Array.from({ length: count }, () => r.chance(rate))
    if (vague.includes(true)) return vague
  }
}

/** Ways to break the template: a tag left out, the observation left out, cut short. */
const breaks: readonly [(chain: string) => string, ...((chain: string) => string)[]] = [
  chain => chain.replace(' </think>', ''),
  chain => chain.replace('<observation> ', ''),
  chain => chain.replace(/^.*<\/observation> /, ''),
  chain => chain.replace(/ <answer>.*$/, ''),
]

/** One chain for a question about a scene. None when the scene lacks what the question asks for. Pure in (`r`, inputs). */
export const writeChain = (r: Random, rates: TeacherRates, scene: Scene, q: Question): O.Option<string> => {
  const truth = factsOf(scene)
  const asked = needs(q)
    .map(about => truth.get(about))
    .filter(fact => fact !== undefined)
  const solved = solve(q, truth)
  if (asked.length < needs(q).length || O.isNone(solved)) return O.none
  const vague = drawVague(r, rates, scene.objects.length, asked.length)
  const hasty = vague.includes(true) || r.chance(rates.shortcut[scene.objects.length - 1] ?? rates.shortcut[2])
  const seen: readonly Fact[] = r.chance(rates.misstated) ? misstate(r, asked) : asked
  const found = O.getOrElse(() => solved.value)(solve(q, new Map(seen.map(fact => [subject(fact), fact]))))
  const answer = r.chance(rates.slip) ? wrongAnswer(r, q, found.answer) : found.answer
  const think = conclude(hasty ? [] : found.steps, answer)
  const chain = sayChain({ observation: observe(seen, vague), think, answer })
  return O.some(r.chance(rates.malformed) ? r.pick(breaks)(chain) : chain)
}

/**
 * A scripted annotator that is honestly imperfect: vague and hasty on cluttered clips, sometimes wrong, sometimes off
 * the template, at stated rates. It knows the clip from the world's sidecar (`scenes`, by record id), not from the
 * frames. What it writes depends on (`seed`, record id) alone, so order and repetition do not matter.
 * Left `BadRequest`: the record is none of the world's.
 */
export const scriptedTeacher = (options: {
  readonly scenes: ReadonlyMap<string, Scene>
  readonly seed: number
  readonly rates?: TeacherRates
}): Annotator => ({
  name: 'scripted',
  annotate: ({ record }) => {
    const scene = options.scenes.get(record.id)
    const unknown: TeacherFault = fault(
      'BadRequest',
      `record ${record.id} ("${record.problem}") is no question about a clip of this world`,
      'Use the scripted teacher with the records of the world that it was made for, or another teacher.',
    )
    if (scene === undefined) return TE.left(unknown)
    const chain = O.flatMap((q: Question) =>
      writeChain(random(options.seed, 'teacher', record.id), options.rates ?? defaultRates, scene, q),
    )(readQuestion(record.problem, record.options))
    return TE.fromEither(E.fromOption(() => unknown)(chain))
  },
})
