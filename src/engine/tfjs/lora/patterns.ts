import { either as E } from 'fp-ts'
import { brief } from '../../../untrusted/index.ts'
import type { EngineFault } from '../../engine.ts'
import { inTime } from '../../text/in-time.ts'
import { nameIn } from '../model/weight-names.ts'
import { badAdapter } from './bad-adapter.ts'
import { pythonPattern } from './python-pattern.ts'
import type { ByPattern } from './shape.ts'

/** What work with a pattern of Python gives. It came with an adapter and may be one that never ends, so it has half a second. */
const withPattern = <A>(field: string, source: string, work: (pattern: RegExp) => A): E.Either<EngineFault, A> =>
  E.mapLeft((why: string) => badAdapter(`${field} ${brief(source)}: ${why}`))(
    E.flatMap(pythonPattern(source), pattern => inTime(500, () => work(pattern))),
  )

/** Which of the names a pattern of Python fits. `field` says in a `Left('BadAdapter')` where it stands. */
export const fitting = (
  field: string,
  source: string,
  names: readonly string[],
): E.Either<EngineFault, ReadonlySet<string>> =>
  withPattern(field, source, pattern => new Set(names.filter(name => pattern.test(name))))

/** What the group `number` of a pattern of Python is in each name that it fits. */
export const numbersIn = (
  field: string,
  source: string,
  names: readonly string[],
): E.Either<EngineFault, ReadonlyMap<string, number>> =>
  withPattern(
    field,
    source,
    pattern =>
      new Map(
        names.flatMap(name => {
          const found = pattern.exec(name)?.groups?.number
          return found === undefined ? [] : [[name, Number(found)] as const]
        }),
      ),
  )

/**
 * The number of the first pattern that fits a module's name or its end, by hub names of modules; a pattern may mean either scheme of
 * names. Modules that no pattern fits are left out. Source: `get_pattern_key` in PEFT's utils/other.py.
 */
export const byPattern = (
  field: string,
  numbers: ByPattern,
  modules: readonly string[],
): E.Either<EngineFault, ReadonlyMap<string, number>> =>
  E.map((all: readonly (readonly [number, ReadonlySet<string>])[]) => {
    const found = new Map<string, number>()
    for (const module of modules) {
      const fit = all.find(([, names]) => names.has(module) || names.has(nameIn('modules', module)))
      if (fit !== undefined) found.set(module, fit[0])
    }
    return found
  })(
    E.traverseArray(([pattern, number]: readonly [string, number]) => {
      const names = modules.flatMap(module => [module, nameIn('modules', module)])
      return E.map((fit: ReadonlySet<string>) => [number, fit] as const)(
        fitting(field, `(?:.*\\.)?(?:${pattern})`, names),
      )
    })(Object.entries(numbers)),
  )
