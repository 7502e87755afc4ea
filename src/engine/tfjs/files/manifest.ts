import { readFile, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { either as E, type taskEither as TE } from 'fp-ts'
import * as t from 'io-ts'
import { codeOf } from '../../../flow/index.ts'
import { brief, parseJson } from '../../../untrusted/index.ts'
import type { EngineFault } from '../../engine.ts'
import { sha256Of } from './digest.ts'
import { unreadable } from './faults.ts'

/** The file of a checkpoint that says what the others are. */
export const manifestFile = 'kinograd.manifest.json'

const file = t.readonly(
  t.type({
    /** What it is a part of. */
    kind: t.keyof({ weights: null, adapter: null, optimiser: null, text: null }),
    /** Updates after which it was written. */
    step: t.number,
    bytes: t.number,
    sha256: t.string,
  }),
)

const codec = t.readonly(
  t.type({
    format: t.literal('kinograd checkpoint 1'),
    /** What was saved: a whole model, or an adapter alone. */
    kind: t.keyof({ weights: null, adapter: null }),
    /** Updates after which it was saved. */
    step: t.number,
    files: t.readonly(t.record(t.string, file)),
  }),
)

/** Which files one save wrote, and what they are. Files of the other kind that were in the folder before keep their entries. */
export type Manifest = t.TypeOf<typeof codec>

/** Larger than any manifest: one of ten thousand shards has 2 MB. */
const mostBytes = 2 ** 24

/** The text of a manifest. It ends with its own sha-256, so that a changed manifest is known too. */
export const manifestText = (manifest: Manifest): string => {
  const seal = sha256Of(JSON.stringify(manifest))
  return `${JSON.stringify({ ...manifest, seal }, null, 2)}\n`
}

const parse = (path: string, text: string): E.Either<EngineFault, Manifest> => {
  const json = parseJson(text)
  const parsed = codec.decode(E.isRight(json) ? json.right : undefined)
  if (E.isLeft(parsed)) return E.left(unreadable(path, 'it is no manifest of a checkpoint'))
  const { format, kind, step, files } = parsed.right
  const manifest = { format, kind, step, files }
  if (manifestText(manifest) !== text) return E.left(unreadable(path, 'it is not as it was written'))
  const stranger = Object.keys(files).find(name => basename(name) !== name || name === '..' || name === manifestFile)
  return stranger === undefined
    ? E.right(manifest)
    : E.left(unreadable(path, `it names ${brief(stranger)}, no file of this folder`))
}

/** The manifest of a folder, and nothing where it has none. `Left('BadCheckpoint')` where it was changed, or cannot be read. */
export const readManifest =
  (directory: string): TE.TaskEither<EngineFault, Manifest | undefined> =>
  async () => {
    const path = join(directory, manifestFile)
    try {
      const { size } = await stat(path)
      if (size > mostBytes) return E.left(unreadable(path, `it has ${size} bytes, the limit is ${mostBytes}`))
      return parse(path, await readFile(path, 'utf8'))
    } catch (error) {
      return ['ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '')
        ? E.right(undefined)
        : E.left(unreadable(path, String(error)))
    }
  }
