import { either as E, taskEither as TE } from 'fp-ts'
import * as t from 'io-ts'
import type { Answer, Question, Teacher, TeacherFault } from '../../teacher/index.ts'
import { parseJson } from '../../untrusted/index.ts'

/** The form of a judgement, for servers that hold a model to a JSON schema. */
export const judgementSchema = {
  type: 'object',
  properties: { reason: { type: 'string' }, judgement: { type: 'string', enum: ['Yes', 'No'] } },
  required: ['reason', 'judgement'],
  additionalProperties: false,
} as const

const form = `### Form
Answer as one JSON object and nothing else: "reason", the few words of explanation, then "judgement", which is "Yes" or "No". It stands in place of the tag.`

const structured = t.intersection([t.type({ judgement: t.string }), t.partial({ reason: t.string })])

/** A structured judgement in the words of a plain one; any other text as it is. */
const plainJudgement = (text: string): string => {
  const bare = text.trim().replace(/^```(?:json)?\s*([\s\S]*?)\s*```$/, '$1')
  if (!bare.startsWith('{')) return text
  const value = parseJson(bare)
  const read = E.isRight(value) ? structured.decode(value.right) : undefined
  return read === undefined || E.isLeft(read)
    ? text
    : `${read.right.reason ?? ''}\n<judgement>${read.right.judgement}</judgement>`
}

const inForm = ({ prompt, ...more }: Question): Question => ({ ...more, prompt: `${prompt}\n\n${form}` })

const plainly =
  (teacher: Teacher) =>
  (question: Question, signal: AbortSignal): TE.TaskEither<TeacherFault, Answer> =>
    TE.map((answer: Answer) => ({ ...answer, text: plainJudgement(answer.text) }))(
      teacher.ask(inForm(question), signal),
    )

/** Which of the two a server took. */
export type JudgementForm = 'structured' | 'plain'

/**
 * A judge's teacher that answers in the form of `judgementSchema` where its server knows structured output, and in words where it does
 * not: the first question decides, for a server that does not know it refuses that (`BadRequest`). `chosen` is told which it is.
 * Whoever reads the answers sees the same words in both cases.
 */
export const preferStructured = (
  withSchema: Teacher,
  without: Teacher,
  chosen: (form: JudgementForm) => void,
): Teacher => {
  const ask = plainly(withSchema)
  let first: Promise<JudgementForm> | undefined
  return {
    ...withSchema,
    ask: (question, signal) => async () => {
      if (first !== undefined)
        return (await first) === 'structured' ? ask(question, signal)() : without.ask(question, signal)()
      const trial = ask(question, signal)()
      first = trial.then(answer => {
        const form = E.isLeft(answer) && answer.left._tag === 'BadRequest' ? 'plain' : 'structured'
        // A question that was lost says nothing of the server: the next one decides.
        if (E.isLeft(answer) && form === 'structured') first = undefined
        else chosen(form)
        return form
      })
      const form = await first
      return form === 'structured' ? trial : without.ask(question, signal)()
    },
  }
}
