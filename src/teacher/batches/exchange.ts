import { either as E } from 'fp-ts'
import { questionKey } from '../cached.ts'
import { teacherFault } from '../fault.ts'
import type { Answer, Question, Teacher, TeacherFault } from '../types.ts'
import type { Desk } from './desk.ts'
import { outbox, type Parcel } from './outbox.ts'
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
  /** Tells all who wait, drops what was not sent, and resolves when no chunk is under way. */
  readonly end: () => Promise<void>
}

interface Joined {
  readonly key: string
  readonly told: Promise<Told>
  readonly leave: () => boolean
}

/** A promise, and what resolves it. */
const promised = (): { readonly told: Promise<Told>; readonly tell: (told: Told) => void } => {
  let tell: (told: Told) => void = () => undefined
  const told = new Promise<Told>(resolve => {
    tell = resolve
  })
  return { told, tell }
}
const signalled = (): { readonly fired: Promise<void>; readonly fire: () => void } => {
  let fire: () => void = () => undefined
  const fired = new Promise<void>(resolve => {
    fire = resolve
  })
  return { fired, fire }
}

const unbilled = { inputTokens: 0, outputTokens: 0 }

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

/** An exchange at a desk. Holds a want for each question that is waited for, and at most two chunks of requests. */
export const exchange = (
  desk: Desk,
  teacher: Pick<Teacher, 'name' | 'settings'>,
  encode: (key: string, question: Question) => () => Promise<E.Either<TeacherFault, Parcel>>,
): Exchange => {
  const { history, wants, kept, settings, halted, closing } = desk
  const retrying: Want[] = []
  let retryingNow = false

  const watching = watcher(desk, (key, fault) => {
    const want = wants.get(key)
    if (want === undefined) return
    if (fault !== undefined && ++want.rounds >= settings.rounds) {
      const cause = `${fault.cause} (sent ${want.rounds} times)`
      return wants.tell(key, E.left(teacherFault(fault._tag, cause, fault.remedy)))
    }
    retrying.push(want)
    if (!retryingNow) void retryAll()
  })
  const sending = sender(desk, watching)
  const box = outbox(settings.limits, settings.lingerMs, sending.take)
  desk.whenHalted(fault => {
    desk.tellAll(
      box.clear().map(({ key }) => key),
      fault,
    )
  })

  const pack = async (want: Want, question: Question): Promise<void> => {
    const parcel = halted() === undefined ? await encode(want.key, question)() : undefined
    const stopped = halted()
    if (stopped !== undefined) wants.tell(want.key, E.left(stopped))
    else if (parcel !== undefined && E.isLeft(parcel)) wants.tell(want.key, parcel)
    else if (parcel !== undefined && wants.get(want.key) === want) await box.add(parcel.right)
  }
  const retryAll = async (): Promise<void> => {
    retryingNow = true
    for (let want = retrying.shift(); want !== undefined; want = retrying.shift()) {
      const made = await want.make(closing)()
      if (E.isLeft(made)) wants.tell(want.key, made)
      else await pack(want, made.right)
    }
    retryingNow = false
  }
  /** Finds out where an answer will come from: it is kept, or why there is none; a batch has it; or it has to be sent. */
  const place = async (want: Want, question: Question): Promise<void> => {
    const found = await kept.find(want.key)()
    if (E.isLeft(found)) return wants.tell(want.key, found)
    if (found.right !== undefined) return wants.tell(want.key, E.right(unbilled))
    const final = history.faultOf(want.key)
    if (final !== undefined) return wants.tell(want.key, E.left(final))
    if (sending.holds(want.key)) return
    const chunk = history.chunkOf(want.key)
    if (chunk === undefined) return pack(want, question)
    if (!sending.sends(chunk.number)) watching.watch(chunk.number)
  }
  const answerOf = async (key: string, told: Told): Promise<E.Either<TeacherFault, Answer>> => {
    if (E.isLeft(told)) return told
    const text = await kept.find(key)()
    if (E.isLeft(text)) return text
    return text.right === undefined
      ? E.left(
          teacherFault('BadCache', `the answer ${key} is gone from its folder`, 'Ask again with the same journal.'),
        )
      : E.right({ text: text.right, usage: told.right })
  }

  /** Joins those who wait for a question. It is held until it is placed, not until it is answered. */
  const join = async (make: Make, left: AbortSignal, accept: () => void): Promise<Joined> => {
    const cancelled = () => E.left(leaving(desk))
    if (closing.aborted || left.aborted) return { key: '', told: Promise.resolve(cancelled()), leave: () => false }
    const made = await make(left)()
    if (E.isLeft(made)) return { key: '', told: Promise.resolve(made), leave: () => false }
    if (closing.aborted || left.aborted) return { key: '', told: Promise.resolve(cancelled()), leave: () => false }
    const key = questionKey(teacher, made.right)
    const { told, tell } = promised()
    const { isFirst, leave } = wants.join(key, make, tell)
    const want = wants.get(key)
    if (isFirst && want !== undefined) void place(want, made.right).finally(accept)
    else accept()
    return { key, told, leave }
  }
  const submit = (make: Make): Submitted => {
    const left = new AbortController()
    const accepting = signalled()
    const joining = join(make, left.signal, accepting.fire)
    const gone = signalled()
    const told = joining.then(({ key, told }) =>
      Promise.race([told.then(one => answerOf(key, one)), gone.fired.then(() => E.left(leaving(desk)))]),
    )
    return {
      accepted: Promise.race([accepting.fired, told.then(() => undefined)]),
      answer: told,
      leave: () => {
        left.abort()
        gone.fire()
        void joining.then(({ key, leave }) => {
          if (!leave()) return
          box.remove(key)
          watching.wake()
        })
      },
    }
  }
  return {
    submit,
    flush: box.flush,
    expect: box.expect,
    end: async () => {
      desk.abandon(leaving(desk))
      box.clear()
      await sending.idle()
    },
  }
}
