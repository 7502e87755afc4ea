import { either as E } from 'fp-ts'
import type { FormatContext } from 'node-av/lib'
import { fault } from '../../flow/index.ts'
import type { PlainFile } from '../file.ts'
import { containers } from '../formats.ts'
import type { MediaFault } from '../types.ts'
import type { Av } from './load.ts'
import type { Steps } from './steps.ts'

/** The fault of a file that is no video. */
export const undecodable = (file: PlainFile, cause: string): MediaFault =>
  fault('NotAVideo', `${file.path}: ${cause}`, 'Check that the file is a complete video in a common container.')

/**
 * Opens a plain file's container. Only the `file` protocol and only real containers are allowed, so that playlists and
 * concatenation scripts cannot name other files. `NotAVideo`.
 */
export function* openFormat(av: Av, file: PlainFile): Steps<FormatContext> {
  const format = new av.FormatContext()
  format.allocContext()
  format.setOption('protocol_whitelist', 'file', av.AV_OPT_TYPE_STRING)
  format.setOption('format_whitelist', containers, av.AV_OPT_TYPE_STRING)
  const url = `file:${file.path}`
  let opened = -1
  try {
    opened = yield { sync: () => format.openInputSync(url), async: () => format.openInput(url) }
  } finally {
    if (opened < 0) format.closeInputSync()
  }
  return opened < 0 ? E.left(undecodable(file, av.FFmpegError.strerror(opened))) : E.right(format)
}
