import { either as E } from 'fp-ts'
import type { CodecContext } from 'node-av/lib'
import { fault } from '../../flow/index.ts'
import { blockPixels, type Limits } from '../limits.ts'
import type { Av } from './load.ts'
import type { Source } from './open.ts'
import type { Steps } from './steps.ts'

/** A decoder for the chosen stream; whoever gets it frees it. FFmpeg itself refuses pictures that are too large. */
export function* codecOf(av: Av, source: Source, limits: Limits, threads: number): Steps<CodecContext> {
  const { codecpar, timeBase } = source.stream
  const codec = av.Codec.findDecoder(codecpar.codecId)
  const failed = (cause: string) =>
    E.left(fault('Undecodable', `${source.file.path}: ${cause}`, 'Re-encode the clip to H.264.'))
  if (codec === null) return failed(`no decoder for ${av.avGetCodecName(codecpar.codecId)}`)
  const context = new av.CodecContext()
  context.allocContext3(codec)
  context.parametersToContext(codecpar)
  context.pktTimebase = timeBase
  context.threadCount = threads
  context.setOption('max_pixels', BigInt(blockPixels(limits)), av.AV_OPT_TYPE_INT64)
  const opened = yield { sync: () => context.open2Sync(codec), async: () => context.open2(codec) }
  if (opened >= 0) return E.right(context)
  context.freeContext()
  return failed(av.FFmpegError.strerror(opened))
}
