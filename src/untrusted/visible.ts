/**
 * What a terminal, an editor or a browser obeys instead of showing it: control characters of either set (C0 and C1, with
 * them all ANSI escapes), marks that turn the direction of text, separators of lines and paragraphs, halves of surrogate
 * pairs. Line feeds and tabs are text.
 */
const obeyed = /[^\P{Cc}\n\t]|\p{Bidi_Control}|[\p{Zl}\p{Zp}\p{Cs}]/gu

/**
 * Foreign text as one may print it: what would be obeyed is written as an escape (`\u001b`, `\u202e`), so that it is seen
 * and does nothing. Line feeds and tabs stay. Linear.
 */
export const visible = (text: string): string =>
  text.replace(obeyed, character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
