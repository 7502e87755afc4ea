import { readFile } from 'node:fs/promises'
import { accuracy } from 'kinograd/reward'
import type { Differ } from './differences.ts'

interface Case {
  readonly type: string
  readonly answer: string
  readonly truth: string
  /** A number, a bound as "<0.5", or the tag of the fault. */
  readonly right: number | string
  readonly why?: string
  readonly options?: readonly string[]
}

const scored = ({ type, answer, truth, options = [] }: Case): number | string => {
  const made = accuracy()(type)(answer, truth, { options })
  return made._tag === 'Right' ? made.right : made.left._tag
}

const agrees = (got: number | string, right: number | string): boolean => {
  if (typeof got === 'string' || typeof right === 'number')
    return typeof got === 'number' && typeof right === 'number' ? Math.abs(got - right) < 1e-9 : got === right
  const bound = Number(right.slice(1))
  return right.startsWith('<') ? got < bound : right.startsWith('>') ? got > bound : false
}

const short = (text: string): string => JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text)

/** The repaired rewards on answers of which the right value is known, one JSON object a line. */
export const differ: Differ = async path => {
  const lines = (await readFile(path, 'utf8')).split('\n').filter(line => line.trim() !== '')
  const cases = lines.map(line => JSON.parse(line) as Case)
  return {
    cases: cases.length,
    lines: cases.flatMap(given => {
      const got = scored(given)
      if (agrees(got, given.right)) return []
      const { type, answer, truth, right, why = '' } = given
      return [`${type}: ${short(answer)} for ${short(truth)}: ${got}, right is ${right} (${why})`]
    }),
  }
}
