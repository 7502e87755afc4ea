import { createReadStream } from 'node:fs'
import { appendFile, rm } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { either as E } from 'fp-ts'
import { parseJson } from '../untrusted/index.ts'
import { isMissing } from './fault.ts'

/** Whether a row says that it is of a phase. */
const isOf = (phase: string, line: string): boolean => {
  if (!line.includes(JSON.stringify(phase))) return false
  const row = parseJson(line)
  return E.isRight(row) && typeof row.right === 'object' && row.right !== null && 'phase' in row.right
    ? row.right.phase === phase
    : false
}

/** Writes a log to `next` without the rows of a phase; says whether there were any, and leaves no `next` where not. */
export const copyWithout = async (path: string, next: string, phase: string): Promise<boolean> => {
  await rm(next, { force: true })
  let left = false
  let lines: string[] = []
  const flush = async (): Promise<void> => {
    await appendFile(next, lines.join(''))
    lines = []
  }
  try {
    for await (const line of createInterface({ input: createReadStream(path) })) {
      if (isOf(phase, line)) left = true
      else if (lines.push(`${line}\n`) >= 1000) await flush()
    }
  } catch (error) {
    if (isMissing(error)) return false
    throw error
  }
  await flush()
  if (!left) await rm(next)
  return left
}
