import { either as E } from 'fp-ts'
import type { Normalised, Raw } from '../../advantage/index.ts'
import { brief, parseJson, visible } from '../../untrusted/index.ts'
import { processesIn } from '../advantage/subject.ts'
import { byProcess } from '../groups.ts'
import { Unfit } from '../law.ts'

/** The line that a program reads: the groups of a batch, null where a rollout is unscored. */
export const questionLine = (batch: readonly Raw<string>[]): string =>
  JSON.stringify({ groups: batch.map(({ group, rewards }) => ({ group, rewards })) })

/** A line that is no answer at all: what the program writes next may belong to this question. */
export class Garbled extends Unfit {}

const cut = (text: string): string => visible(text.length > 80 ? `${text.slice(0, 80)} …` : text)

/** JSON with the NaN and Infinity that Python writes. */
const read = (line: string): unknown => {
  const parsed = parseJson(line.replaceAll(/-?\b(?:NaN|Infinity)\b/g, '"$&"'))
  if (E.isLeft(parsed)) throw new Garbled(`the program wrote a line that is no JSON: ${cut(line)}`)
  return parsed.right
}

const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined

const spelled: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
}

const numbers = (given: unknown, where: string): Float64Array => {
  if (!Array.isArray(given)) throw new Unfit(`${where} is no list: ${brief(given)}`)
  return Float64Array.from(given, (value: unknown) => {
    if (typeof value === 'number') return value
    const known = typeof value === 'string' && Object.hasOwn(spelled, value) ? spelled[value] : undefined
    if (known === undefined) throw new Unfit(`${where} holds ${brief(value)}, which is no number`)
    return known
  })
}

/** The advantages of one group: a list for all tokens, or a list a process. */
const groupOf = <K extends string>(raw: Raw<K>, given: unknown, i: number): Normalised<K> => {
  const { group, size } = raw
  const processes = processesIn(raw)
  if (Array.isArray(given)) {
    const all = numbers(given, `group ${i}`)
    return { _tag: 'Normalised', group, size, advantages: byProcess(processes, () => all), outside: all }
  }
  const outside = field(given, 'outside')
  return {
    _tag: 'Normalised',
    group,
    size,
    advantages: byProcess(processes, k => numbers(field(given, k), `"${k}" of group ${i}`)),
    outside: outside === undefined ? new Float64Array(size) : numbers(outside, `"outside" of group ${i}`),
  }
}

/** Reads the line that a program wrote; what does not fit is thrown in words. */
export const answerOf = <K extends string>(batch: readonly Raw<K>[], line: string): readonly Normalised<K>[] => {
  const said = read(line)
  const error = field(said, 'error')
  if (error !== undefined) throw new Unfit(`the program says: ${cut(String(error))}`)
  const given = field(said, 'advantages')
  if (!Array.isArray(given)) throw new Garbled(`the program wrote a line without "advantages": ${cut(line)}`)
  if (given.length !== batch.length) throw new Unfit(`${batch.length} groups became ${given.length}`)
  return batch.map((raw, i) => groupOf(raw, given[i], i))
}
