import { either as E, function as F } from 'fp-ts'
import { retrieveFuture, retrieveFutures } from '../wire/requests.ts'
import type { Future } from './futures.ts'
import { type Refusal, refuse } from './refusal.ts'
import { type Answer, type Asked, bodyOf, type Verb } from './verb.ts'

/** What a future answers now. */
const answerOf = (future: Future, wantsProto: boolean): Answer => {
  const outcome = future.outcome()
  if (outcome === undefined) return { json: { type: 'try_again', request_id: future.id, queue_state: 'active' } }
  if (outcome.kind === 'failed') return { json: { error: outcome.error, category: outcome.category } }
  return wantsProto && outcome.proto !== undefined ? { proto: outcome.proto() } : { json: outcome.json }
}

const retrieve: Verb = async (world, asked: Asked) => {
  const found = F.pipe(
    bodyOf(retrieveFuture)(asked),
    E.flatMap(({ request_id }) =>
      E.fromNullable<Refusal>({
        status: 410,
        detail: `request ${request_id} is not known, or its answer is no longer kept`,
      })(world.futures.find(request_id)),
    ),
  )
  if (E.isLeft(found)) return found
  await found.right.settled(1000 * world.limits.pollSeconds, asked.signal)
  return E.right(answerOf(found.right, asked.wantsProto))
}

const wait = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  new Promise(resolve => {
    const timer = setTimeout(resolve, milliseconds)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })

/** Which futures of a sampling session have ended since a cursor. Looks every 20 ms for as long as a poll lasts. */
const retrieveMany: Verb = async (world, asked) => {
  const body = bodyOf(retrieveFutures)(asked)
  if (E.isLeft(body)) return body
  const { target, prev_cursor: cursor = 0, timeout } = body.right
  if (!world.samplers.has(target.sampling_session_id))
    return refuse(404, `there is no sampling session ${target.sampling_session_id}`)
  const until = Date.now() + 1000 * Math.min(timeout ?? world.limits.pollSeconds, world.limits.pollSeconds)
  const fresh = () => world.futures.ended(target.sampling_session_id).slice(cursor)
  while (fresh().length === 0 && Date.now() < until && !asked.signal.aborted) await wait(20, asked.signal)
  const completions = fresh().map(({ id, failed }) =>
    failed
      ? { state: 'failed', request_id: id }
      : { state: 'finished', request_id: id, response_payload_uncompressed_size: 0 },
  )
  return E.right({ json: { completions, cursor: cursor + completions.length } })
}

const cancel: Verb = async (world, asked) =>
  F.pipe(
    bodyOf(retrieveFuture)(asked),
    E.map(({ request_id }) => {
      world.futures.find(request_id)?.cancel()
      return { json: { type: 'cancel_future' } }
    }),
  )

/** Verbs that collect what was asked before. */
export const futureVerbs: Readonly<Record<string, Verb>> = {
  retrieve_future: retrieve,
  retrieve_futures: retrieveMany,
  cancel_future: cancel,
}
