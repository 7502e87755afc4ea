import { either as E } from 'fp-ts'

/** What a part of Python's syntax becomes here; `no` says by what name it is refused. */
type Rule = readonly [part: RegExp, to: string | ((part: string, ...groups: readonly string[]) => string)]

const refused: readonly (readonly [RegExp, string])[] = [
  [/\(\?>/y, 'an atomic group (?>…)'],
  [/\(\?\([^)]*\)/y, 'a condition (?(…)…|…)'],
  [/\(\?(?=[a-zA-Z-])[aiLmsux]*-?[imsx]*:/y, 'flags for a group (?i:…)'],
  [/\(\?[a-zA-Z-]+\)/y, 'flags inside the pattern'],
  [/(?:[*+?]|\{\d*,?\d*\})\+/y, 'a possessive quantifier'],
  [/\\N\{[^}]*\}/y, 'a character by name \\N{…}'],
  [/\\U[0-9a-fA-F]{8}/y, 'a character by number \\U…'],
  [/\\0\d|\\[1-3][0-7]{2}/y, 'a character in octal digits'],
  [/\\[^_AbBdDsSwWZafnrtvxu0-9\W]/y, 'an escape that Python has not'],
]

/** Parts that are written otherwise here, outside of classes. What no rule fits stands for itself. */
const rules: readonly Rule[] = [
  [/\(\?P</y, '(?<'],
  [/\(\?P=(\w+)\)/y, (_, name) => `\\k<${name}>`],
  [/\(\?#[^)]*\)/y, ''],
  [/\(\?(?:[:=!]|<[=!])/y, part => part],
  [/\\A/y, '(?<![^])'],
  [/\\Z/y, '(?![^])'],
  [/\\a/y, '\\x07'],
  [/\\([\^$\\.*+?()[\]{}|/])/y, part => part],
  [/\\([^\w])/y, (_, literal) => literal],
  [/\\_/y, '_'],
  [/\{,(\d*)\}/y, (_, most) => `{0,${most}}`],
  [/\{\d+(?:,\d*)?\}/y, part => part],
  [/\{/y, '\\{'],
  [/\}/y, '\\}'],
  [/\]/y, '\\]'],
  [/\[\^?\]?(?:\\.|[^\]\\])*\]/sy, part => classOf(part)],
]

/** A class of characters: a bracket that comes first is one of them, and escapes that this syntax has not are the characters. */
const classOf = (part: string): string => {
  const [, open = '', first = '', rest = ''] = /^(\[\^?)(\]?)(.*)\]$/s.exec(part) ?? []
  const inside = rest.replaceAll(/\\(.)/gs, (written, c: string) =>
    c === 'a' ? '\\x07' : /[\w^$\\.*+?()[\]{}|/-]/.test(c) && c !== '_' ? written : c,
  )
  return `${open}${first === '' ? '' : '\\]'}${inside.replaceAll(/(?<!\\)\[/g, '\\[')}]`
}

const at = (source: string, place: number, part: RegExp): RegExpExecArray | null => {
  part.lastIndex = place
  return part.exec(source)
}

/** Flags at the very beginning, where Python allows them for the whole. */
const leading = (source: string): E.Either<string, readonly [flags: string, rest: string]> => {
  const [whole = '', letters = ''] = /^\(\?([aiLmsux]+)\)/.exec(source) ?? []
  const other = [...letters].find(letter => !'aimsu'.includes(letter))
  return other === undefined
    ? E.right([[...new Set(letters)].filter(letter => 'ims'.includes(letter)).join(''), source.slice(whole.length)])
    : E.left(`it has the flag (?${other}), which has no like here`)
}

/**
 * A pattern of Python's `re` as one of JavaScript that fits the same names: groups by name, flags at the beginning, `\A`, `\Z`, escapes of
 * what needs none, classes that begin with a bracket, `{,3}`. `Left` names the part that has no like: atomic groups, conditions,
 * possessive quantifiers, flags of a group, characters by name. Names of modules are ASCII, of which `\w`, `\d` and `\s` say the same in
 * both. Source: the documentation of Python's `re`.
 */
export const pythonPattern = (source: string): E.Either<string, RegExp> => {
  const begun = leading(source)
  if (E.isLeft(begun)) return begun
  const [flags, rest] = begun.right
  let out = ''
  for (let place = 0; place < rest.length; ) {
    const no = refused.find(([part]) => at(rest, place, part) !== null)
    if (no !== undefined) return E.left(`it has ${no[1]} at character ${place}, which this library does not translate`)
    const rule = rules.find(([part]) => at(rest, place, part) !== null)
    const found = rule === undefined ? null : at(rest, place, rule[0])
    if (rule === undefined || found === null) out += rest[place++]
    else {
      const [whole, ...groups] = found
      out += typeof rule[1] === 'string' ? rule[1] : rule[1](whole, ...groups)
      place += whole.length
    }
  }
  return E.tryCatch(
    () => new RegExp(`(?<![^])(?:${out})(?![^])`, `u${flags}`),
    error => (error instanceof Error ? error.message : String(error)),
  )
}
