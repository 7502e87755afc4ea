import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    /** A folder of this run of the tests, for what several files make once. */
    readonly runFolder: string
  }
}

/** Makes the folder before the first test, and removes it behind the last. */
export const setup = ({ provide }: TestProject): (() => void) => {
  const folder = mkdtempSync(join(tmpdir(), 'kinograd-tests-'))
  provide('runFolder', folder)
  return () => rmSync(folder, { recursive: true, force: true })
}
