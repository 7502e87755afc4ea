import { either as E } from 'fp-ts'
import { teacherFault } from '../fault.ts'
import { unbilled } from '../spent.ts'
import type { Question, TeacherFault } from '../types.ts'
import type { Desk } from './desk.ts'
import type { Again } from './ended.ts'
import { madeOf } from './making.ts'
import type { Outbox, Parcel } from './outbox.ts'
import type { Sender } from './sender.ts'
import type { Want } from './wants.ts'
import type { Watcher } from './watcher.ts'

/** Makes a request of a question. */
export type Encode = (key: string, question: Question) => () => Promise<E.Either<TeacherFault, Parcel>>

/** Where questions go. */
interface Places {
  readonly box: Outbox
  readonly sending: Sender
  readonly watching: Watcher
}

/** Puts a question into the chunk that is filling. */
const pack = async ({ wants, halted }: Desk, box: Outbox, encode: Encode, want: Want, question: Question) => {
  const parcel = halted() === undefined ? await encode(want.key, question)() : undefined
  const stopped = halted()
  if (stopped !== undefined) wants.tell(want.key, E.left(stopped))
  else if (parcel !== undefined && E.isLeft(parcel)) wants.tell(want.key, parcel)
  else if (parcel !== undefined && wants.get(want.key) === want) await box.add(parcel.right)
}

/** Finds out where an answer will come from: it is kept, or why there is none; a batch has it; or it has to be sent. */
export const placing =
  (desk: Desk, { box, sending, watching }: Places, encode: Encode) =>
  async (want: Want, question: Question): Promise<void> => {
    const { kept, wants, history } = desk
    const found = await kept.find(want.key)()
    if (E.isLeft(found)) return wants.tell(want.key, found)
    if (found.right !== undefined) return wants.tell(want.key, E.right(unbilled))
    const final = history.faultOf(want.key)
    if (final !== undefined) return wants.tell(want.key, E.left(final))
    if (sending.holds(want.key)) return
    const chunk = history.chunkOf(want.key)
    if (chunk === undefined) return pack(desk, box, encode, want, question)
    if (!sending.sends(chunk.number)) watching.watch(chunk.number)
  }

/** Sends questions once more, one made after the other, until they were sent as often as may be. */
export const retrying = (desk: Desk, box: () => Outbox, encode: Encode): Again => {
  const { wants, closing, settings } = desk
  const line: Want[] = []
  let running = false
  const run = async (): Promise<void> => {
    running = true
    for (let want = line.shift(); want !== undefined; want = line.shift()) {
      const made = await madeOf(want.make, closing)
      if (E.isLeft(made)) wants.tell(want.key, made)
      else await pack(desk, box(), encode, want, made.right)
    }
    running = false
  }
  return (key, fault) => {
    const want = wants.get(key)
    if (want === undefined) return
    if (fault !== undefined && ++want.rounds >= settings.rounds) {
      const cause = `${fault.cause} (sent ${want.rounds} times)`
      wants.tell(key, E.left(teacherFault(fault._tag, cause, fault.remedy)))
    } else {
      line.push(want)
      if (!running) void run()
    }
  }
}
