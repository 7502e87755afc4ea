import { parseArgs } from 'node:util'
import { closest, distance } from 'fastest-levenshtein'
import { either as E } from 'fp-ts'
import { type Fault, fault } from '../flow/index.ts'

/** A flag of a command. */
export type Flag =
  | { readonly kind: 'switch'; readonly help: string }
  | { readonly kind: 'text'; readonly value: string; readonly choices?: readonly string[]; readonly help: string }
  | { readonly kind: 'integer'; readonly value: string; readonly min?: number; readonly help: string }
  /** May be given several times. */
  | { readonly kind: 'list'; readonly value: string; readonly help: string }
  /** From 0 to 1, or in percent: `0.05` or `5%`. */
  | { readonly kind: 'share'; readonly value: string; readonly help: string }

/** The flags of a command, by name. */
export type Flags = Readonly<Record<string, Flag>>

type Value<F extends Flag> = F extends { readonly kind: 'switch' }
  ? boolean
  : F extends { readonly kind: 'list' }
    ? readonly string[]
    : F extends { readonly kind: 'integer' | 'share' }
      ? number | undefined
      : F extends { readonly choices: readonly (infer C)[] }
        ? C | undefined
        : string | undefined

/** The values of flags: false for a switch that was not given, no element for a list, undefined for the others. */
export type Given<S extends Flags> = { readonly [K in keyof S]: Value<S[K]> }

/** Words on the command line that mean nothing here. */
export type UsageFault = Fault<'Usage'>

const usage = (cause: string, remedy: string): E.Either<UsageFault, never> => E.left(fault('Usage', cause, remedy))

/**
 * "Did you mean …?" when something known is near enough, else what there is: for messages about words that mean nothing.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { suggestion } from 'kinograd/run'
 *
 * assert.equal(suggestion('updats', ['updates', 'rate']), 'Did you mean updates?')
 * assert.equal(suggestion('loss', ['updates', 'rate']), 'There is: updates, rate.')
 * ```
 */
export const suggestion = (word: string, known: readonly string[]): string => {
  const near = known.length === 0 ? undefined : closest(word, [...known])
  return near !== undefined && distance(word, near) <= Math.max(2, near.length / 3)
    ? `Did you mean ${near}?`
    : `There is: ${known.join(', ') || 'none'}.`
}

const shareOf = (text: string): number | undefined => {
  const [, digits, percent] = /^(\d+(?:\.\d+)?|\.\d+)(%?)$/.exec(text) ?? []
  const share = Number(digits) / (percent === '%' ? 100 : 1)
  return share <= 1 ? share : undefined
}

const readValue = (
  name: string,
  flag: Flag,
  value: string | undefined,
): E.Either<UsageFault, string | number | boolean> => {
  if (flag.kind === 'switch')
    return value === undefined
      ? E.right(true)
      : usage(`--${name} takes no value, it was given ${value}`, 'Leave it away.')
  if (value === undefined || value === '') return usage(`--${name} needs a value`, `Write --${name} ${flag.value}.`)
  if (flag.kind === 'integer') {
    const number = Number(value)
    const { min = Number.MIN_SAFE_INTEGER } = flag
    return Number.isSafeInteger(number) && number >= min
      ? E.right(number)
      : usage(`--${name} is ${value}`, `Give a whole number${flag.min === undefined ? '' : ` from ${flag.min}`}.`)
  }
  if (flag.kind === 'share') {
    const share = shareOf(value)
    return share === undefined
      ? usage(`--${name} is ${value}`, `Give a share from 0 to 1, or percent, such as ${flag.value}.`)
      : E.right(share)
  }
  if (flag.kind === 'list') return E.right(value)
  return flag.choices === undefined || flag.choices.includes(value)
    ? E.right(value)
    : usage(`--${name} is ${value}`, suggestion(value, flag.choices))
}

/**
 * Reads the arguments of a command: known flags only, each once, and exactly the named positionals. Anything else is
 * `Usage`, naming the nearest thing that exists.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { parseFlags } from 'kinograd/run'
 *
 * const flags = {
 *   seed: { kind: 'integer', value: 'N', min: 0, help: 'the seed' },
 *   resume: { kind: 'switch', help: 'continues' },
 * } as const
 * const given = parseFlags(flags, ['RUN'], ['runs/mine', '--seed', '7'])
 * assert.deepEqual(given, E.right({ flags: { seed: 7, resume: false }, positionals: ['runs/mine'] }))
 *
 * const wrong = parseFlags(flags, [], ['--sed=7'])
 * assert(E.isLeft(wrong) && wrong.left.remedy === 'Did you mean --seed?')
 * ```
 */
export const parseFlags = <const S extends Flags>(
  flags: S,
  positionals: readonly string[],
  args: readonly string[],
): E.Either<UsageFault, { readonly flags: Given<S>; readonly positionals: readonly string[] }> => {
  const { tokens } = parseArgs({
    args: [...args],
    strict: false,
    tokens: true,
    allowPositionals: true,
    options: Object.fromEntries(
      Object.entries(flags).map(
        ([name, { kind }]) => [name, { type: kind === 'switch' ? 'boolean' : 'string' }] as const,
      ),
    ),
  })
  const values = new Map<string, string | number | boolean | readonly string[]>()
  const words: string[] = []
  for (const token of tokens) {
    if (token.kind === 'positional') words.push(token.value)
    if (token.kind !== 'option') continue
    const flag = Object.hasOwn(flags, token.name) ? flags[token.name] : undefined
    if (flag === undefined)
      return usage(
        `${token.rawName} is not a flag`,
        suggestion(
          `--${token.name}`,
          Object.keys(flags).map(name => `--${name}`),
        ),
      )
    const before = values.get(token.name)
    if (flag.kind !== 'list' && before !== undefined) return usage(`--${token.name} is given twice`, 'Give it once.')
    const value = readValue(token.name, flag, token.value)
    if (E.isLeft(value)) return value
    values.set(token.name, flag.kind === 'list' ? [...(Array.isArray(before) ? before : []), value.right] : value.right)
  }
  if (words.length !== positionals.length) {
    const surplus = words[positionals.length]
    return surplus === undefined
      ? usage(`${positionals.slice(words.length).join(' ')} is missing`, 'See --help.')
      : usage(`${surplus} is one argument too many`, 'See --help.')
  }
  const byName = Object.entries(flags).map(([name, { kind }]) => [
    name,
    values.get(name) ?? (kind === 'switch' ? false : kind === 'list' ? [] : undefined),
  ])
  return E.right({ flags: Object.fromEntries(byName) as Given<S>, positionals: words })
}

/** The flags as lines for `--help`. */
export const flagsHelp = (flags: Flags): string => {
  const rows = Object.entries(flags).map(([name, flag]) => {
    const value =
      flag.kind === 'switch' ? '' : ` ${flag.kind === 'text' && flag.choices ? flag.choices.join('|') : flag.value}`
    return [`--${name}${value}`, flag.help] as const
  })
  const width = Math.max(0, ...rows.map(([left]) => left.length))
  return rows.map(([left, help]) => `  ${left.padEnd(width)}  ${help}`).join('\n')
}
