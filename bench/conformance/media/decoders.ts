import { delimiter, join } from 'node:path'
import { either as E } from 'fp-ts'
import { type Decoder, ffmpeg, findDecoder, type NodeAvOptions, nodeAv, type OnDamage } from 'kinograd/media'

/** A way to make decoders. */
export interface DecoderKind {
  readonly name: string
  readonly make: (options?: NodeAvOptions) => Decoder
}

/** The first ffmpeg program that answers: `FFMPEG_BIN`, the package ffmpeg-static, the folders of `PATH`. */
const programHere = async (): Promise<string | undefined> => {
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

/** Both decoders where both can run: the one in process always, the program where one is found. */
export const decoderKinds = async (): Promise<readonly DecoderKind[]> => {
  const program = await programHere()
  return [
    { name: 'node-av', make: options => nodeAv(options) },
    ...(program === undefined ? [] : [{ name: 'ffmpeg', make: (options?: NodeAvOptions) => ffmpeg(program, options) }]),
  ]
}

const policies: readonly string[] = ['refuse', 'state', 'skip']

/** A policy for damage by its name; an error for a name that is none. */
export const policyNamed = (name: string): OnDamage => {
  const isPolicy = (word: string): word is OnDamage => policies.includes(word)
  if (!isPolicy(name)) throw new Error(`there is no policy for damage called ${name}`)
  return name
}
