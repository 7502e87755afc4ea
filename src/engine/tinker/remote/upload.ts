import { either as E } from 'fp-ts'
import type { Patches } from '../../../media/index.ts'
import type { EngineFault, Prompt } from '../../engine.ts'
import { mediaHash } from '../../text/media-hash.ts'
import { insist } from './insist.ts'
import type { Link } from './link.ts'
import type { Capabilities } from './server.ts'

/** The media that a server was sent. */
export interface Uploads {
  /** Sends those of some prompts that it has not got, one after the other. */
  readonly bring: (prompts: readonly Prompt[], signal?: AbortSignal) => Promise<E.Either<EngineFault, void>>
  /** Forgets what was sent: the server says that it lacks some. */
  readonly forget: () => void
}

/** Whether a server says that it lacks a medium. */
export const lacksMedium = ({ _tag, cause }: EngineFault): boolean =>
  _tag === 'Refused' && cause.includes('unknown medium')

/** Sends media to a server of this project; to others they go inside prompts. Remembers 32 bytes for each. */
export const uploadsTo = (link: Link, capabilities: Capabilities): Uploads => {
  const there = new Set<string>()
  const send = async (medium: Patches, signal: AbortSignal | undefined): Promise<E.Either<EngineFault, void>> => {
    const sha256 = mediaHash(medium)
    if (there.has(sha256)) return E.right(undefined)
    const { kind, grid, secondsPerGrid, values } = medium
    const about = JSON.stringify({ kind, grid, seconds_per_grid: secondsPerGrid })
    const body = new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
    const sent = await insist(link, {
      verb: 'kinograd/media',
      body,
      headers: { 'X-Kinograd-Medium': about },
      signal,
      seconds: 120,
    })
    if (E.isLeft(sent)) return sent
    there.add(sha256)
    return E.right(undefined)
  }
  return {
    bring: async (prompts, signal) => {
      if (capabilities.media !== 'patches') return E.right(undefined)
      for (const { media } of prompts)
        for (const medium of media) {
          const sent = await send(medium, signal)
          if (E.isLeft(sent)) return sent
        }
      return E.right(undefined)
    },
    forget: () => there.clear(),
  }
}
