import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { lives, processName } from './living.ts'

const folder = (directory: string): string => join(directory, 'starting')

const attempt = <A>(work: () => A, otherwise: A): A => {
  try {
    return work()
  } catch {
    return otherwise
  }
}

/**
 * Notes that this process is loading a build, and gives what takes the note away again. A process that a broken library kills (SIGBUS,
 * SIGSEGV) leaves its note behind, by which the next start knows. A folder that cannot be written to has no notes.
 */
export const noteStart = (directory: string): (() => void) => {
  const note = join(folder(directory), processName())
  attempt(() => {
    mkdirSync(folder(directory), { recursive: true, mode: 0o700 })
    writeFileSync(note, '')
  }, undefined)
  return () => attempt(() => rmSync(note, { force: true }), undefined)
}

/** Notes of processes that died while they were loading a build. */
export const diedStarting = (directory: string): readonly string[] =>
  attempt(() => readdirSync(folder(directory)), []).filter(name => lives(name) !== 'yes')

/** Takes notes away when their reason has been looked into. */
export const forgetDied = (directory: string, notes: readonly string[]): void => {
  for (const note of notes) attempt(() => rmSync(join(folder(directory), note), { force: true }), undefined)
}
