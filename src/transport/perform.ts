import { either as E } from 'fp-ts'
import { defect, type Fault, fault, type Item, isDefect, messageOf, stageError } from '../flow/index.ts'
import { fromWire, toWire } from './blobs.ts'
import { readTask, type Task, type Wire, writeResult } from './envelope.ts'
import { endsAll, fitting, orEnd } from './faults.ts'
import type { StageWork } from './lifted.ts'
import type { Delivery, Transport } from './transport.ts'

/** What became of a delivery: a result was published; it was there already; given up, as too many died of it; given back. */
export type Outcome = 'done' | 'known' | 'dead' | 'back'

/** With whom and for whom a worker works. */
export interface Performing {
  readonly transport: Transport
  readonly run: string
  readonly work: StageWork
  /** So often a task is handed out at most. */
  readonly deliveries: number
}

/** The server stays away: what is under way is not done, and will be handed out again. */
const orThrow = <A>(given: E.Either<Fault, A>): A => {
  if (E.isLeft(given)) throw defect(given.left)
  return given.right
}

const deadLetter = (deliveries: number): Fault<'DeadLetter'> =>
  fault(
    'DeadLetter',
    `it was handed out ${deliveries - 1} times and no worker came back from it`,
    'Look at the item: it may end the process that works at it, by its memory or a crash. It lies among the dead letters of the run.',
  )

/** The outputs of a stage as they are sent; what breaks becomes a failed output. */
const outputsOf = async (
  { transport, run, work }: Performing,
  { item, input }: Task,
  key: string,
  signal: AbortSignal,
): Promise<readonly Item<Wire>[]> => {
  const failed = (why: Fault): Item<Wire> => E.left(stageError(work.name, item, why))
  const value = orEnd(await fromWire(transport, run, input))
  if (E.isLeft(value)) return [failed(value.left)]
  const outputs: Item<Wire>[] = []
  try {
    for (const output of await work.work(value.right, item, signal)) {
      if (E.isLeft(output)) {
        outputs.push(output)
        continue
      }
      const sent = orEnd(await toWire(transport, run, output.right, key))
      outputs.push(E.isLeft(sent) ? failed(sent.left) : sent)
    }
    return outputs
  } catch (error) {
    if (isDefect(error) && endsAll(error.fault)) throw error
    return [failed(fault('Thrown', `threw ${messageOf(error)}`, 'This is a bug in the stage, or in its codec.'))]
  }
}

/** Whether nobody can have done a task: it was never asked for before, and is handed out for the first time. */
const isFirst = (task: E.Either<Fault, Task>, { deliveries }: Delivery): boolean =>
  E.isRight(task) && task.right.first === true && deliveries === 1

/**
 * Does one task: looks whether its result is there, where it may be, runs the stage, publishes the result, and only then takes the task from its queue.
 * While it works it says so, a third of the time before another would get it. Rejects where the server stays away.
 */
export const perform = async (performing: Performing, delivery: Delivery, signal: AbortSignal): Promise<Outcome> => {
  const { transport, run, work, deliveries } = performing
  const address = { run, stage: work.name, version: work.version, key: delivery.key }
  const task = readTask(delivery.body)
  const kept = isFirst(task, delivery) ? undefined : orThrow(await transport.find(address)())
  if (kept !== undefined) {
    delivery.ack()
    return 'known'
  }
  const publish = async (outputs: readonly Item<Wire>[]): Promise<void> => {
    const fits = fitting(writeResult(outputs))
    const body = E.isRight(fits) ? fits.right : writeResult([E.left(stageError(work.name, '', fits.left))])
    orThrow(await transport.publish('result', address, body)())
    delivery.ack()
  }
  if (E.isLeft(task) || delivery.deliveries > deliveries) {
    const why = E.isLeft(task) ? task.left : deadLetter(delivery.deliveries)
    orThrow(await transport.publish('dead', address, delivery.body)())
    await publish([E.left(stageError(work.name, E.isLeft(task) ? delivery.key : task.right.item, why))])
    return 'dead'
  }
  const beating = setInterval(delivery.working, delivery.waitMs / 3)
  try {
    const outputs = await outputsOf(performing, task.right, delivery.key, signal)
    if (signal.aborted) {
      delivery.again()
      return 'back'
    }
    await publish(outputs)
    return 'done'
  } finally {
    clearInterval(beating)
  }
}
