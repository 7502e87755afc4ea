import { ideographicWords } from './commitment/vocabulary.ts'
import { ideographicUnits } from './number/unit-names.ts'
import { foldText, spellMath } from './text/fold.ts'
import { ideographs, lex } from './text/lex.ts'
import type { Token } from './text/token.ts'
import { undress } from './text/undress.ts'

const known = ideographs(new Set([...ideographicWords, ...ideographicUnits]))

/** A text of more characters is no answer, and none of it is read. */
const mostCharacters = 250_000

/**
 * The tokens of an answer, in one written form, without LaTeX, markdown and tags; none for a text that is too long to be
 * one. Time linear in the text.
 */
export const readTokens = (text: string): readonly Token[] =>
  text.length > mostCharacters ? [] : undress(lex(foldText(spellMath(text)), known))

/** What stands in each `\boxed{…}`, outermost ones only. */
export const boxed = (tokens: readonly Token[]): readonly (readonly Token[])[] => {
  const found: (readonly Token[])[] = []
  let depth = 0
  let start = 0
  for (const [at, { kind }] of tokens.entries()) {
    if (kind === 'box' && depth++ === 0) start = at + 1
    if (kind === 'unbox' && --depth === 0) found.push(tokens.slice(start, at))
  }
  return found
}
