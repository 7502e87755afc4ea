import { either as E } from 'fp-ts'
import type { Fault } from '../flow/index.ts'
import { fault } from '../flow/index.ts'

/** One tagged part of an output, and the process that it is credited to. */
export interface Segment<K extends string, T extends string = string> {
  readonly tag: T
  readonly process: K
}

/**
 * The shape of an output: tagged segments in order, each belonging to a process.
 * `K` names the processes, `T` the tags; both follow from what was given to `template`.
 */
export interface Template<K extends string, T extends string = string> {
  readonly processes: readonly K[]
  readonly segments: readonly Segment<K, T>[]
}

/** Processes in order, each with its tags in order. */
export type TemplateShape = Readonly<Record<string, readonly [string, ...string[]]>>

/** A template that cannot be: no process, or a bad or repeated name. */
export type TemplateFault = Fault<'BadTemplate'>

const name = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/

/**
 * A template from values that are only known at run time, as a configuration file's. Left when there is no process, or
 * when a name is bad, too long or repeated.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { templateOf } from 'kinograd/process'
 *
 * assert(E.isRight(templateOf({ perception: ['seen'], reasoning: ['answer'] })))
 * assert(E.isLeft(templateOf({ perception: ['seen'], reasoning: ['seen'] })))
 * ```
 */
export const templateOf = (
  shape: Readonly<Record<string, readonly string[]>>,
): E.Either<TemplateFault, Template<string>> => {
  const processes = Object.keys(shape)
  const segments = processes.flatMap(process => (shape[process] ?? []).map(tag => ({ tag, process })))
  const bad = [...processes, ...segments.map(s => s.tag)].find(n => !name.test(n))
  const firstOf = new Map(segments.map(({ tag }, i) => [tag, i] as const).reverse())
  const twice = segments.find(({ tag }, i) => firstOf.get(tag) !== i)
  const empty = processes.find(process => (shape[process] ?? []).length === 0)
  const remedy =
    'Give each process at least one tag; names start with a letter and hold at most 64 letters, digits, "_" and "-".'
  if (processes.length === 0) return E.left(fault('BadTemplate', 'a template of 0 processes', remedy))
  if (bad !== undefined) return E.left(fault('BadTemplate', `"${bad}" is no name for a process or a tag`, remedy))
  if (empty !== undefined) return E.left(fault('BadTemplate', `process "${empty}" has 0 tags`, remedy))
  if (twice !== undefined) return E.left(fault('BadTemplate', `tag "${twice.tag}" stands in two segments`, remedy))
  return E.right({ processes, segments })
}

/**
 * The template of a program: `template({ perception: ['observation'], reasoning: ['think', 'answer'] })`.
 * The order of processes and tags is the order in the output. A constant that is no template (see `templateOf`)
 * is a defect of the program and throws a `TypeError` at start-up.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { template } from 'kinograd/process'
 *
 * const three = template({ perception: ['observation'], grounding: ['when'], reasoning: ['think', 'answer'] })
 * assert.deepEqual(three.processes, ['perception', 'grounding', 'reasoning'])
 * ```
 */
export const template = <const S extends TemplateShape>(
  shape: S,
): Template<keyof S & string, S[keyof S & string][number]> => {
  const made = templateOf(shape)
  if (E.isLeft(made)) throw new TypeError(`${made.left.cause}. ${made.left.remedy}`)
  return made.right as Template<keyof S & string, S[keyof S & string][number]>
}

/** The template of VideoP2R (arXiv 2511.11113, section 3.1): observation is perception; think and answer are reasoning. */
export const videoP2R = template({ perception: ['observation'], reasoning: ['think', 'answer'] })
