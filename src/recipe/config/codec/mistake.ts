import type * as t from 'io-ts'
import { brief } from '../../../untrusted/index.ts'

/** One thing that is wrong with a configuration: at which setting, and in words what. */
export interface Mistake {
  /** Names of the settings from the outermost to this one; empty for the whole file. */
  readonly path: readonly string[]
  /** As it reads after the name of the setting: `is -3, and must be a whole number above 0`. */
  readonly says: string
}

/** What stands at a setting, in words: nothing of YAML is quoted that was not written. */
export const inWords = (value: unknown): string => (value === null ? 'empty' : brief(value, 60))

/** What io-ts found, as a mistake: its own words where a codec gave some, else what stands there and what should. */
export const mistakeOf = ({ context, value, message }: t.ValidationError): Mistake => {
  const path = context.slice(1).map(({ key }) => key)
  const wanted = context.at(-1)?.type.name ?? 'something else'
  const says =
    message ?? (value === undefined ? `is missing: give ${wanted}` : `is ${inWords(value)}, and must be ${wanted}`)
  return { path, says }
}
