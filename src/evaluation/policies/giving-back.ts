import { either as E } from 'fp-ts'
import type { EvaluatedPolicy } from './policy.ts'

/** A port whose other end is closed: what is handed to it goes nowhere, and its memory is given back at once. */
const nowhere = (): MessagePort => {
  const { port1, port2 } = new MessageChannel()
  port1.close()
  port2.close()
  return port1
}

/** Whether it gave the memory of bytes back. What cannot be handed over (a part of something larger, memory of a library) it leaves. */
const giveBack = (port: MessagePort, { buffer, byteLength }: Uint8Array): boolean => {
  if (!(buffer instanceof ArrayBuffer) || buffer.byteLength !== byteLength) return false
  try {
    port.postMessage(null, [buffer])
    return true
  } catch {
    return false
  }
}

/**
 * A policy that gives the frames of a question back as soon as it has answered. Pixels lie outside the heap, where the garbage collector
 * does not hurry: it lets 64 MB of them gather. For frames that nobody else has and a policy that keeps none; after a `Left` something may
 * still be reading them, so that they are left to the collector. `data` of such frames is empty from then on.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { taskEither as TE } from 'fp-ts'
 * import { givingBack } from 'kinograd/evaluation'
 *
 * const frames = { data: new Uint8Array(12), count: 1, height: 2, width: 2, times: [0], bytes: 12 }
 * const more = { problemType: 'numerical', dataType: 'video', options: [], path: 'a.mp4', source: '' } as const
 * const record = { ...more, id: '1', problem: 'How many?', answer: '3' }
 * const policy = givingBack({ name: 'three', answer: () => TE.right('3') })
 * await policy.answer({ record, prompt: 'How many?', frames }, new AbortController().signal)()
 * assert.equal(frames.data.length, 0)
 * ```
 */
export const givingBack = (policy: EvaluatedPolicy): EvaluatedPolicy => {
  const port = nowhere()
  return {
    ...policy,
    answer: (question, signal) => async () => {
      const answer = await policy.answer(question, signal)()
      if (question.frames !== undefined && E.isRight(answer)) giveBack(port, question.frames.data)
      return answer
    },
  }
}
