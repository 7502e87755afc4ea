import { either as E, function as F } from 'fp-ts'
import * as t from 'io-ts'
import type { Patches } from '../../../media/index.ts'
import { parseJson } from '../../../untrusted/index.ts'
import { mediaHash } from '../../text/media-hash.ts'
import { decodeWith, natural } from '../wire/chunk.ts'
import { type Refusal, refuse } from './refusal.ts'
import type { Verb } from './verb.ts'

const about = t.type({
  kind: t.keyof({ image: null, video: null }),
  grid: t.tuple([natural, natural, natural]),
  seconds_per_grid: t.number,
})

/** The header that says what the numbers of the body are. */
const mediumHeader = 'x-kinograd-medium'

/** Takes the patches of a medium: single-precision numbers, the lowest byte first. Answers its hash, by which prompts name it. */
export const mediaVerb: Verb = async (world, asked) =>
  F.pipe(
    parseJson(asked.header(mediumHeader) ?? ''),
    E.flatMap(decodeWith(about)),
    E.mapLeft((why): Refusal => ({ status: 400, detail: `header ${mediumHeader}: ${why}` })),
    E.flatMap(({ kind, grid, seconds_per_grid: secondsPerGrid }) => {
      const { body } = asked
      if (body.length % 4 !== 0) return refuse(400, `${body.length} bytes are no single-precision numbers`)
      const medium: Patches = { kind, grid, secondsPerGrid, values: new Float32Array(body.slice().buffer) }
      const sha256 = mediaHash(medium)
      world.reader.media.put(sha256, medium)
      return E.right({ json: { sha256 } })
    }),
  )
