import { readFile } from 'node:fs/promises'
import { codeOf } from '../../flow/index.ts'

/** An object of a JSON file, its fields not yet looked at. */
export type JsonObject = Readonly<Record<string, unknown>>

/** Whether a value is an object with fields. */
export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The object that a JSON file holds; what goes wrong is thrown, for a `tryCatch` around it. */
export const readJsonObject = async (path: string): Promise<JsonObject> => {
  const json: unknown = JSON.parse(await readFile(path, 'utf8'))
  if (!isJsonObject(json)) throw new Error(`${path} holds no object`)
  return json
}

/** Nothing where the file is not there; all else that goes wrong is thrown. */
export const ifThere = async <A>(read: Promise<A>): Promise<A | undefined> =>
  read.catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  })
