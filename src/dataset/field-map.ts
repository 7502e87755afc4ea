import * as t from 'io-ts'
import type { Row } from './extra.ts'

const detailed = t.intersection([
  t.type({ from: t.string }),
  t.partial({
    values: t.record(t.string, t.string),
    before: t.string,
    behind: t.string,
    counted: t.union([t.literal('from 0'), t.literal('from 1')]),
  }),
])

const constant = t.type({ value: t.union([t.string, t.number, t.boolean]) })

const source = t.union(
  [t.string, t.readonlyArray(t.string), constant, detailed],
  'a name, a list of names, {value: …} or {from: …}',
)

/**
 * What a field of a record is taken from, as a file of settings can say it:
 * a name or a path (`meta.video.path`, `videos.0`); several of them side by side (the options `[a0, a1, a2]`);
 * `{ value }`, the same for all records; `{ from, values, before, behind, counted }`: a field whose values have other names
 * (`values`), that lacks a folder or an ending (`before`, `behind`), or an answer that is the number of an option (`counted`).
 */
export type FieldSource = t.TypeOf<typeof source>

/** The fields of a record that a map may name: those of `VideoRecord`, its window's ends, and those of a chain of thought. */
const sources = {
  id: source,
  problem: source,
  problemType: source,
  dataType: source,
  options: source,
  answer: source,
  path: source,
  source,
  kind: source,
  start: source,
  end: source,
  fps: source,
  observation: source,
  process: source,
  output: source,
  reward: source,
  annotator: source,
}

/** The fields that a map may name. */
export type MappedField = keyof typeof sources

/** The fields that a map may name, in the order of the documentation. */
export const mappedFields: readonly string[] = Object.keys(sources)

/**
 * Which names of a file hold which field of a record: our field on the left, on the right where it stands in the file. What is not
 * mapped is looked for under its published name (`problem_id`, `options`, …).
 */
export type FieldMap = { readonly [F in MappedField]?: FieldSource | ((row: Row) => unknown) }

/**
 * The codec of field maps for files of settings (YAML, JSON): all that a map may say but functions. A field that no record has is an
 * error.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { fieldMapSettings } from 'kinograd/dataset'
 *
 * assert(E.isRight(fieldMapSettings.decode({ path: 'meta.video.path', options: ['a0', 'a1'], dataType: { value: 'video' } })))
 * assert(E.isLeft(fieldMapSettings.decode({ question: 'q' })))
 * ```
 */
export const fieldMapSettings: t.Type<{ readonly [F in MappedField]?: FieldSource }, object, unknown> = new t.Type(
  'field map',
  (value): value is { readonly [F in MappedField]?: FieldSource } => t.partial(sources).is(value),
  (value, context) => {
    const unknown =
      typeof value === 'object' && value !== null
        ? Object.keys(value).find(name => !Object.hasOwn(sources, name))
        : undefined
    return unknown === undefined
      ? t.partial(sources).validate(value, context)
      : t.failure(value, context, `no record has a field "${unknown}"; there are ${mappedFields.join(', ')}`)
  },
  map => map,
)
