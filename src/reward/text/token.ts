/** A piece of an answer, as the readers of letters and numbers see it. */
export interface Token {
  /** `box` opens, and `unbox` closes, what stands in LaTeX's `\boxed{…}`. */
  readonly kind: 'word' | 'digits' | 'mark' | 'command' | 'box' | 'unbox'
  /** As written; digits of any script as 0–9. */
  readonly text: string
  /** In lower case. */
  readonly low: string
  /** White space or a line break stands before it. */
  readonly gap: boolean
  /** A line break stands before it. */
  readonly line: boolean
  /** A word of a script that sets no spaces. */
  readonly ideographs: boolean
}

/** Makes a token. */
export const token = (
  kind: Token['kind'],
  text: string,
  { gap, line, ideographs = false }: { readonly gap: boolean; readonly line: boolean; readonly ideographs?: boolean },
): Token => ({ kind, text, low: text.toLowerCase(), gap, line, ideographs })

/** Whether there is such a mark at a place. */
export const isMark = (tokens: readonly Token[], at: number, marks: string): boolean => {
  const found = tokens[at]
  return found?.kind === 'mark' && marks.includes(found.text)
}

/** The word at a place in lower case, or null. */
export const wordAt = (tokens: readonly Token[], at: number): string | null => {
  const found = tokens[at]
  return found?.kind === 'word' ? found.low : null
}

/** Whether one of some words stands at a place. */
export const isWordOf = (tokens: readonly Token[], at: number, words: ReadonlySet<string>): boolean => {
  const word = wordAt(tokens, at)
  return word !== null && words.has(word)
}

/** Whether a token stands right behind the one before it, nothing between them. */
export const isGlued = (tokens: readonly Token[], at: number): boolean => {
  const found = tokens[at]
  return found !== undefined && at > 0 && !found.gap
}

/** Whether a token is a capital letter alone: the name of an option, or a pronoun or an article. */
export const isCapital = (found: Token | undefined): boolean => found !== undefined && /^[A-Z]$/.test(found.text)
