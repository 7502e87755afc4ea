import { either as E } from 'fp-ts'
import { parseDocument } from 'yaml'
import { type Fault, fault } from '../../../flow/index.ts'
import type { Mistake } from '../codec/mistake.ts'
import { isNestedDeeper } from './nesting.ts'

/** A setting that the command line gives in place of the file's. */
export interface Override {
  readonly path: readonly string[]
  readonly value: unknown
  /** As it was written: `rl.updates=-3`. */
  readonly text: string
}

const name = /^[^\s=.[\]{}]{1,100}$/

/**
 * Reads `a.b=c`: the names of a setting from the outermost on, and its value as YAML writes one (`3`, `5%`, `[a, b]`, `{ rank: 8 }`).
 * Left: `Usage`.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { readOverride } from 'kinograd/recipe'
 *
 * const read = readOverride('rl.loss={ beta: 0 }')
 * assert(E.isRight(read))
 * assert.deepEqual([read.right.path, read.right.value], [['rl', 'loss'], { beta: 0 }])
 * ```
 */
export const readOverride = (text: string): E.Either<Fault<'Usage'>, Override> => {
  const at = text.indexOf('=')
  const path = text.slice(0, Math.max(at, 0)).split('.')
  if (at < 0 || !path.every(part => name.test(part)))
    return E.left(
      fault(
        'Usage',
        `--set ${text} does not name a setting and its value`,
        'Write --set rl.updates=20, names with points between.',
      ),
    )
  const written = text.slice(at + 1)
  const noYaml = (why: string): E.Either<Fault<'Usage'>, never> =>
    E.left(fault('Usage', `--set ${text}: the value is no YAML: ${why}`, 'Put it in quotes, as --set \'name="a: b"\'.'))
  if (written.length > 10_000 || isNestedDeeper(written, 8)) return noYaml('it is too long or nested too deeply')
  const document = parseDocument(written, { logLevel: 'error', prettyErrors: false, stringKeys: true })
  const [wrong] = [...document.errors, ...document.warnings]
  return wrong === undefined
    ? E.right({ path, value: document.toJS({ maxAliasCount: 0 }), text })
    : noYaml(wrong.message)
}

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A value with one setting in place of another. Left: how deep the way goes before it meets something that is no map. */
const put = (value: unknown, path: readonly string[], given: unknown, depth = 0): E.Either<number, unknown> => {
  const [first, ...rest] = path
  if (first === undefined) return E.right(given)
  if (Array.isArray(value) && /^\d+$/.test(first) && Number(first) < value.length)
    return E.map(one => value.map((before: unknown, i) => (i === Number(first) ? one : before)))(
      put(value[Number(first)], rest, given, depth + 1),
    )
  if (value !== undefined && value !== null && !isMap(value)) return E.left(depth)
  const map = isMap(value) ? value : {}
  return E.map(one => ({ ...map, [first]: one }))(
    put(Object.hasOwn(map, first) ? map[first] : undefined, rest, given, depth + 1),
  )
}

/** Settings of a file with those of the command line in their places, in order, and those that have no place there. */
export const overridden = (
  value: unknown,
  overrides: readonly Override[],
): { readonly value: unknown; readonly mistakes: readonly Mistake[] } => {
  let so = value
  const mistakes: Mistake[] = []
  for (const { path, value: given } of overrides) {
    const next = put(so, path, given)
    if (E.isRight(next)) so = next.right
    else
      mistakes.push({
        path,
        says: `${path.slice(0, next.left).join('.') || 'the configuration'} has no settings of its own: give all of it, as --set '${path[next.left - 1] ?? 'a'}={ ${path[next.left]}: … }'`,
      })
  }
  return { value: so, mistakes }
}
