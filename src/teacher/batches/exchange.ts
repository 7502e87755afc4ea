import { either as E } from 'fp-ts'
import { questionKey } from '../cached.ts'
import { teacherFault } from '../fault.ts'
import type { Answer, Question, Teacher, TeacherFault } from '../types.ts'
import type { Desk } from './desk.ts'
import { madeOf } from './making.ts'
import { type Outbox, outbox } from './outbox.ts'
import { type Encode, placing, retrying } from './placing.ts'
import { sender } from './sender.ts'
import type { Make, Told, Want } from './wants.ts'
import { watcher } from './watcher.ts'

/** A question that was taken. */
export interface Submitted {
  /** Resolves when it needs no more room here: its answer is kept, or it is in a chunk or a batch. */
  readonly accepted: Promise<void>
  readonly answer: Promise<E.Either<TeacherFault, Answer>>
  /** Waits no longer: the answer is `Cancelled`, and says what goes on at the server. */
  readonly leave: () => void
}

/** Takes questions and brings their answers: kept ones, those of batches under way, those of new batches. */
export interface Exchange {
  readonly submit: (make: Make) => Submitted
  readonly flush: () => Promise<void>
  /** Says that a question is being made, so that a chunk waits for it; gives back how to say that it is not. */
  readonly expect: () => () => void
  /** Tells all who wait, drops what was not sent, and resolves when no chunk and no look is under way. */
  readonly end: () => Promise<void>
}

type Outcome = E.Either<TeacherFault, Answer>

/** How somebody who waits leaves: at first the making is ended, later the place in the line is given up. */
interface Stay {
  leave: () => void
}

/** A promise, and what resolves it. */
const deferred = <A>(): { readonly promise: Promise<A>; readonly resolve: (value: A) => void } => {
  let resolve: (value: A) => void = () => undefined
  const promise = new Promise<A>(settle => {
    resolve = settle
  })
  return { promise, resolve }
}

/** What a person should know who stops waiting. */
const leaving = ({ name, history }: Desk): TeacherFault => {
  const open = history.open()
  const requests = open.reduce((sum, { keys }) => sum + keys.length, 0)
  return open.length === 0
    ? teacherFault('Cancelled', `${name}: cancelled`, '')
    : teacherFault(
        'Cancelled',
        `${name}: cancelled; ${open.length} batches of ${requests} requests go on at the server and are billed`,
        'Ask again with the same journal to collect them, within 29 days; or cancel them: what is done by then is billed.',
      )
}

/** The answer of which somebody was told, from its folder. */
const answerOf = async ({ kept }: Desk, key: string, told: Told): Promise<E.Either<TeacherFault, Answer>> => {
  if (E.isLeft(told)) return told
  const text = await kept.find(key)()
  if (E.isLeft(text)) return text
  return text.right === undefined
    ? E.left(teacherFault('BadCache', `the answer ${key} is gone from its folder`, 'Ask again with the same journal.'))
    : E.right({ text: text.right, usage: told.right })
}

/** Makes a question; leaving ends it. Undefined where somebody left meanwhile. */
const making = async (make: Make, stay: Stay): Promise<E.Either<TeacherFault, Question> | undefined> => {
  const controller = new AbortController()
  stay.leave = () => controller.abort()
  const made = await madeOf(make, controller.signal)
  return controller.signal.aborted ? undefined : made
}

/** Puts a made question in the line; `accept` is called when it is placed. Nothing that stays here holds its frames. */
type Enter = (question: Question, make: Make, stay: Stay, tell: (outcome: Outcome) => void, accept: () => void) => void

const entering =
  (
    desk: Desk,
    teacher: Pick<Teacher, 'name' | 'settings'>,
    place: (want: Want, question: Question) => Promise<void>,
    quit: (key: string) => void,
  ): Enter =>
  (question, make, stay, tell, accept) => {
    const key = questionKey(teacher, question)
    const { isFirst, leave } = desk.wants.join(key, make, told => void answerOf(desk, key, told).then(tell))
    stay.leave = () => {
      if (leave()) quit(key)
    }
    const want = desk.wants.get(key)
    if (isFirst && want !== undefined) void place(want, question).finally(accept)
    else accept()
  }

const submitting =
  (desk: Desk, enter: Enter) =>
  (make: Make): Submitted => {
    const answer = deferred<Outcome>()
    const accepted = deferred<void>()
    const stay: Stay = { leave: () => undefined }
    const tell = (outcome: Outcome): void => {
      answer.resolve(outcome)
      accepted.resolve()
    }
    const begin = async (): Promise<void> => {
      const made = desk.closing.aborted ? undefined : await making(make, stay)
      if (made === undefined || desk.closing.aborted) tell(E.left(leaving(desk)))
      else if (E.isLeft(made)) tell(made)
      else enter(made.right, make, stay, tell, accepted.resolve)
    }
    void begin()
    const leave = () => {
      stay.leave()
      tell(E.left(leaving(desk)))
    }
    return { answer: answer.promise, accepted: accepted.promise, leave }
  }

/** An exchange at a desk. Holds a want for each question that is waited for, and at most two chunks of requests. */
export const exchange = (desk: Desk, teacher: Pick<Teacher, 'name' | 'settings'>, encode: Encode): Exchange => {
  const { limits, lingerMs } = desk.settings
  const watching = watcher(
    desk,
    retrying(desk, () => box, encode),
  )
  const sending = sender(desk, watching)
  const box: Outbox = outbox(limits, lingerMs, sending.take)
  const tellBox = (fault: TeacherFault): void =>
    desk.tellAll(
      box.clear().map(({ key }) => key),
      fault,
    )
  desk.whenHalted(tellBox)
  const quit = (key: string): void => {
    box.remove(key)
    watching.wake()
  }
  const enter = entering(desk, teacher, placing(desk, { box, sending, watching }, encode), quit)
  return {
    submit: submitting(desk, enter),
    flush: box.flush,
    expect: box.expect,
    end: async () => {
      desk.abandon(leaving(desk))
      watching.wake()
      await Promise.all([sending.idle(), watching.idle()])
    },
  }
}
