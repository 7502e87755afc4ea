import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { MediaCase } from './case.ts'
import type { Expected } from './expected.ts'

/** Writes the files of cases into a folder, and what is right for each into its `expected.json`. */
export const writeCases = (folder: string, cases: readonly MediaCase[]): void => {
  mkdirSync(folder, { recursive: true })
  const expected: Record<string, Expected> = {}
  for (const { name, why, make, right } of cases) {
    try {
      writeFileSync(join(folder, name), make())
    } catch (error) {
      throw new Error(`${name} cannot be made`, { cause: error })
    }
    expected[name] = { why, ...right }
  }
  writeFileSync(join(folder, 'expected.json'), JSON.stringify(expected, null, 1))
}
