import * as constants from 'node-av/constants'
import * as lib from 'node-av/lib'

/** FFmpeg's libraries inside node-av, with its constants; FFmpeg's own log is silenced. */
export const av = { ...lib, ...constants }
av.Log.setLevel(constants.AV_LOG_QUIET)
// SVT-AV1 has a log of its own: errors only.
process.env.SVT_LOG = '1'

/** The code of a native call, or an error that says what was tried. */
export const must = (code: number, what: string): number => {
  if (code < 0) throw new Error(`${what}: ${av.FFmpegError.strerror(code)}`)
  return code
}

/** The encoder of this name, or an error. */
export const encoderNamed = (name: string) => {
  const codec = av.Codec.getCodecList().find(known => known.name === name && known.isEncoder())
  if (codec === undefined) throw new Error(`this build of node-av has no ${name}`)
  return codec
}
