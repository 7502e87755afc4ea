import { option as O, taskEither as TE } from 'fp-ts'
import type { VideoRecord } from 'kinograd/dataset'
import type { Judge } from 'kinograd/teacher'
import { conclusion } from './chain.ts'
import { readFacts } from './facts.ts'
import { readQuestion } from './question.ts'
import { random } from './random.ts'
import { solve } from './solve.ts'

/** The answer that follows from an observation, by the question's rules. None when a fact is missing or ambiguous. */
export const derive = (record: VideoRecord, observation: string): O.Option<string> =>
  O.flatMap((q: Parameters<typeof solve>[0]) =>
    O.map((s: { answer: string }) => s.answer)(solve(q, readFacts(observation))),
  )(readQuestion(record.problem, record.options))

/** Whether the observation alone leads to the record's answer. Reads text only. */
export const sufficient = (record: VideoRecord, observation: string): boolean =>
  O.toUndefined(derive(record, observation)) === record.answer.trim()

/** Faithfulness: the answer given is the one that the observation leads to, right or wrong. */
export const faithful = (record: VideoRecord, observation: string, answer: string): boolean =>
  O.toUndefined(derive(record, observation)) === answer.trim().replace(/\s+/g, ' ')

/** Think–answer mismatch: what the think text concludes is not the answer. Thinking that concludes nothing counts as one. */
export const mismatch = (think: string, answer: string): boolean =>
  conclusion(think) !== answer.trim().replace(/\s+/g, ' ')

/** The text-only judge of the world: solves the question with the facts of the observation and nothing else. Never fails. */
export const ruleJudge: Judge = {
  name: 'rules',
  judge: ({ record, observation }) => TE.right({ sufficient: sufficient(record, observation) }),
}

/**
 * A judge that gives the opposite verdict in a share `1 − accuracy` of cases, both ways alike. Which cases depends on
 * (`seed`, record id, observation) alone: asked again it says the same.
 */
export const imperfectJudge = (judge: Judge, accuracy: number, seed: number): Judge => ({
  name: `${judge.name}, right in ${accuracy} of cases`,
  judge: (request, signal) => {
    const errs = !random(seed, 'judge', request.record.id, request.observation.trim()).chance(accuracy)
    return TE.map((verdict: { readonly sufficient: boolean }) => ({ sufficient: verdict.sufficient !== errs }))(
      judge.judge(request, signal),
    )
  },
})
