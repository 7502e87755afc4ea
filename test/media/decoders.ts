import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Decoder, ffmpeg, type NodeAvOptions, nodeAv } from 'kinograd/media'

const executable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** The ffmpeg of this machine, if there is one; the contract is then checked on both adapters. */
export const program: string | undefined = [
  process.env.FFMPEG_BIN ?? '',
  ...(process.env.PATH ?? '').split(delimiter).map(folder => join(folder, 'ffmpeg')),
].find(path => path !== '' && executable(path))

if (program === undefined) console.warn('no ffmpeg program here: the contract is checked on node-av alone')

export type Options = NodeAvOptions

/** Both adapters where both can run. */
export const adapters: readonly { readonly name: string; readonly make: (options?: Options) => Decoder }[] = [
  { name: 'node-av', make: options => nodeAv(options) },
  ...(program === undefined ? [] : [{ name: 'ffmpeg', make: (options?: Options) => ffmpeg(program, options) }]),
]

/** The long suite tries every case on every decoder. */
export const long = process.env.KINOGRAD_FUZZ_RUNS !== undefined

/** Cases for a decoder: one in so many of the program outside the long suite, since a child of it takes a tenth of a second. */
export const few = <A>(name: string, cases: readonly A[], every = 4): readonly A[] =>
  name === 'node-av' || long ? cases : cases.filter((_, i) => i % every === 0)
