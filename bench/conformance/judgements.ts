import { readFile } from 'node:fs/promises'
import { parseJudgement } from 'kinograd/process'
import type { Differ } from './differences.ts'

interface Case {
  readonly text: string
  /** The verdict, or the tag of the fault. */
  readonly right: boolean | string
  readonly why?: string
}

const judged = (text: string): boolean | string => {
  const read = parseJudgement(text)
  return read._tag === 'Right' ? read.right : read.left._tag
}

const short = (text: string): string => JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text)

/** Answers of judges of which the verdict is known, one JSON object a line. */
export const differ: Differ = async path => {
  const lines = (await readFile(path, 'utf8')).split('\n').filter(line => line.trim() !== '')
  const cases = lines.map((line): Case => JSON.parse(line))
  return {
    cases: cases.length,
    lines: cases.flatMap(({ text, right, why = '' }) => {
      const got = judged(text)
      return got === right ? [] : [`${short(text)}: ${got}, right is ${right} (${why})`]
    }),
  }
}
