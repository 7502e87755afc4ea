import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { type ClaudeOptions, claudeBody, claudeRefuses } from '../claude-request.ts'
import { questionTokens } from '../estimate/tokens.ts'
import { teacherFault } from '../fault.ts'
import { jpegFrames } from '../jpeg.ts'
import type { Price } from '../prices.ts'
import { costOf } from '../spent.ts'
import type { Question, TeacherFault } from '../types.ts'
import type { Parcel } from './outbox.ts'

/** Bytes of a request around its parameters. */
const wrapping = 100

/** How many bytes a text has in JSON. */
const jsonBytes = (text: string): number => Buffer.byteLength(JSON.stringify(text))

/**
 * Makes a request of a question: frames as JPEGs, its bytes, and the most that it can cost (an answer of all tokens that
 * it may have). Left: `BadRequest` for too many frames, for frames that cannot be encoded, and for a request that no
 * batch can hold.
 */
export const parcelOf = (
  name: string,
  options: ClaudeOptions,
  price: Price | undefined,
  mostBytes: number,
): ((key: string, question: Question) => TE.TaskEither<TeacherFault, Parcel>) => {
  const body = claudeBody(options)
  const bare = Buffer.byteLength(JSON.stringify(body({ prompt: '' }, [])))
  const image = Buffer.byteLength(JSON.stringify(body({ prompt: '' }, ['']))) - bare
  const outputTokens = options.maxTokens ?? 2048
  const wrong = (cause: string, remedy: string) => E.left(teacherFault('BadRequest', `${name}: ${cause}`, remedy))
  return (key, question) => async () => {
    const { prompt, frames } = question
    const refused = claudeRefuses(name, question)
    if (refused !== undefined) return E.left(refused)
    return F.pipe(
      await TE.tryCatch(
        async () => (frames === undefined ? [] : jpegFrames(frames)),
        error => teacherFault('BadRequest', `${name}: the frames cannot be encoded: ${error}`, 'Look at the frames.'),
      )(),
      E.flatMap(images => {
        const pictures = images.reduce((sum, data) => sum + image + data.length, 0)
        const bytes = wrapping + bare + jsonBytes(prompt) + pictures
        if (bytes > mostBytes)
          return wrong(
            `a request of ${bytes} bytes, a batch has ${mostBytes}`,
            'Sample fewer frames, or raise chunkBytes.',
          )
        const reserve = price === undefined ? 0 : costOf({ inputTokens: questionTokens(question), outputTokens }, price)
        return E.right({ key, request: { custom_id: key, params: body({ prompt }, images) }, bytes, reserve })
      }),
    )
  }
}
