import { either as E } from 'fp-ts'
import { messageOf } from '../../flow/index.ts'
import { questionKey } from '../cached.ts'
import { teacherFault } from '../fault.ts'
import type { Answer, Question, Teacher, TeacherFault } from '../types.ts'
import type { Desk } from './desk.ts'
import { type Outbox, outbox } from './outbox.ts'
import { type Encode, placing, retrying } from './placing.ts'
import { sender } from './sender.ts'
import type { Make, Told, Want } from './wants.ts'
import { type Watcher, watcher } from './watcher.ts'

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

/** A question that is waited for, or what became of it before it had a key. */
interface Joined {
  readonly key: string
  readonly told: Promise<Told>
  readonly leave: () => boolean
}

const over = (fault: TeacherFault): Joined => ({ key: '', told: Promise.resolve(E.left(fault)), leave: () => false })

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

/** Joins those who wait for a question. It is held until it is placed, not until it is answered. */
const joining =
  (desk: Desk, teacher: Pick<Teacher, 'name' | 'settings'>, place: (want: Want, question: Question) => Promise<void>) =>
  async (make: Make, left: AbortSignal, accept: () => void): Promise<Joined> => {
    const isOver = () => desk.closing.aborted || left.aborted
    if (isOver()) return over(leaving(desk))
    const made = await make(left)()
    if (E.isLeft(made)) return over(made.left)
    if (isOver()) return over(leaving(desk))
    const key = questionKey(teacher, made.right)
    const { promise, resolve } = deferred<Told>()
    const { isFirst, leave } = desk.wants.join(key, make, resolve)
    const want = desk.wants.get(key)
    if (isFirst && want !== undefined) void place(want, made.right).finally(accept)
    else accept()
    return { key, told: promise, leave }
  }

/** A maker whose exceptions are faults. */
const safely =
  (make: Make): Make =>
  signal =>
  async () => {
    try {
      return await make(signal)()
    } catch (error) {
      const cause = `the question cannot be made: it threw ${messageOf(error)}`
      return E.left(teacherFault('BadRequest', cause, 'Return a Left where a failure is expected.'))
    }
  }

const submitting =
  (desk: Desk, join: ReturnType<typeof joining>, { remove }: Outbox, { wake }: Watcher) =>
  (make: Make): Submitted => {
    const left = new AbortController()
    const accepted = deferred<void>()
    const gone = deferred<E.Either<TeacherFault, Answer>>()
    const joined = join(safely(make), left.signal, accepted.resolve)
    const answer = Promise.race([gone.promise, joined.then(async ({ key, told }) => answerOf(desk, key, await told))])
    return {
      answer,
      accepted: Promise.race([accepted.promise, answer.then(() => undefined)]),
      leave: () => {
        left.abort()
        gone.resolve(E.left(leaving(desk)))
        void joined.then(({ key, leave }) => {
          if (!leave()) return
          remove(key)
          wake()
        })
      },
    }
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
  const join = joining(desk, teacher, placing(desk, { box, sending, watching }, encode))
  return {
    submit: submitting(desk, join, box, watching),
    flush: box.flush,
    expect: box.expect,
    end: async () => {
      desk.abandon(leaving(desk))
      watching.wake()
      await Promise.all([sending.idle(), watching.idle()])
    },
  }
}
