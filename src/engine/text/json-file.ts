import { readFile, stat } from 'node:fs/promises'
import { either as E } from 'fp-ts'
import { codeOf } from '../../flow/index.ts'
import { parseJson } from '../../untrusted/index.ts'
import { beginningBytes, foreignBytes, sentence } from './file-kinds.ts'

/** An object of a JSON file, its fields not yet looked at. */
export type JsonObject = Readonly<Record<string, unknown>>

/** Whether a value is an object with fields. */
export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The longest file of settings that is read, bytes. */
const settingsBytes = 2 ** 24
/** The longest tokenizer.json, bytes: those of known models have up to 35 MB. */
export const tokenizerBytes = 2 ** 26

/** The text of a checkpoint's file that is no longer than `most` bytes; what goes wrong is thrown, for a `tryCatch` around it. */
export const readShortFile = async (path: string, most = settingsBytes): Promise<string> => {
  const about = await stat(path)
  if (!about.isFile()) throw new Error(`${path} is no file`)
  if (about.size > most) throw new Error(`${path} has ${about.size} bytes, at most ${most} are read`)
  const text = await readFile(path, 'utf8')
  const foreign = foreignBytes(Buffer.from(text.slice(0, beginningBytes)))
  if (foreign !== undefined) throw new Error(`${path} is ${sentence(foreign)}`)
  return text
}

/** The value of a JSON file that is no longer than `most` bytes and not nested too deep; what goes wrong is thrown. */
export const readJson = async (path: string, most = settingsBytes): Promise<unknown> => {
  const parsed = parseJson(await readShortFile(path, most))
  if (E.isLeft(parsed)) throw new Error(`${path} ${parsed.left}`)
  return parsed.right
}

/** The object that a JSON file holds; what goes wrong is thrown. */
export const readJsonObject = async (path: string, most = settingsBytes): Promise<JsonObject> => {
  const json = await readJson(path, most)
  if (!isJsonObject(json)) throw new Error(`${path} holds no object`)
  return json
}

/** Nothing where the file is not there; all else that goes wrong is thrown. */
export const ifThere = async <A>(read: Promise<A>): Promise<A | undefined> =>
  read.catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  })
