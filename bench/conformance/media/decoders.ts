import { delimiter, join } from 'node:path'
import { either as E } from 'fp-ts'
import { type Decoder, ffmpeg, findDecoder, type NodeAvOptions, nodeAv } from 'kinograd/media'

/** A way to make decoders. */
export interface DecoderKind {
  readonly name: string
  readonly make: (options?: NodeAvOptions) => Decoder
}

/** The first ffmpeg program that answers: `FFMPEG_BIN`, the package ffmpeg-static, the folders of `PATH`. */
export const programHere = async (): Promise<string | undefined> => {
  const packageName: string = 'ffmpeg-static'
  const packaged: unknown = await import(packageName).then(
    (found: { default?: unknown }) => found.default,
    () => undefined,
  )
  const named = process.env.FFMPEG_BIN ?? ''
  const inPath = (process.env.PATH ?? '').split(delimiter).map(folder => join(folder, 'ffmpeg'))
  const paths = [named, ...(typeof packaged === 'string' ? [packaged] : []), ...inPath]
  for (const path of paths) if (path !== '' && E.isRight(await findDecoder({ use: path })())) return path
  return undefined
}

/** Makes each decoder once: the program is asked for its version once a decoder. */
const once = (make: (options: NodeAvOptions) => Decoder): DecoderKind['make'] => {
  const made = new Map<string, Decoder>()
  return (options = {}) => {
    const key = JSON.stringify(options)
    const decoder = made.get(key) ?? make(options)
    made.set(key, decoder)
    return decoder
  }
}

/** Both decoders where both can run: the one in process always, the program where one is found. */
export const decoderKinds = async (): Promise<readonly DecoderKind[]> => {
  const program = await programHere()
  const inProcess: DecoderKind = { name: 'node-av', make: once(nodeAv) }
  return program === undefined
    ? [inProcess]
    : [inProcess, { name: 'ffmpeg', make: once(options => ffmpeg(program, options)) }]
}
