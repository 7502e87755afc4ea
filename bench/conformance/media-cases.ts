import type { Differ } from './differences.ts'
import { allCases } from './media/cases.ts'
import { writeCases } from './media/generate.ts'
import { differ as compare } from './media.ts'

/** Writes the files of the suite into a folder, and compares the decoders on them. */
export const differ: Differ = async folder => {
  const only = process.env.KINOGRAD_MEDIA_CASES ?? ''
  writeCases(
    folder,
    allCases.filter(({ name }) => name.includes(only)),
  )
  return compare(folder)
}
