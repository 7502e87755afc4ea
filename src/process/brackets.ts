/** Signs that look like `<` or `>`, by what becomes of them. */
const opening = '<＜﹤˂ᐸ≺⋖≪⋘⟨⟪〈❬❮❰⧼⪡⦑\u{1d236}'
const closing = '>＞﹥˃ᐳ≻⋗≫⋙⟩⟫〉❭❯❱⧽⪢⦒\u{1d237}\u{16f3f}'

/** Quotation marks and title marks made of angles, which people use in many languages: they become plain quotation marks. */
const angleQuotes = /[«»‹›《》〈〉]/g

/** `<` and `>` written for a page, an address or a program: `&lt;`, `&#60;`, `&#x3c;`, `%3C`, `\u003c`, `\x3c`. */
const writtenOpen = /&(?:amp;){0,4}(?:lt|LT|#0{0,6}60|#[xX]0{0,6}3[cC])(?:;|(?![\da-zA-Z]))|%3[cC]|\\(?:u00|x)3[cC]/g
const writtenClose = /&(?:amp;){0,4}(?:gt|GT|#0{0,6}62|#[xX]0{0,6}3[eE])(?:;|(?![\da-zA-Z]))|%3[eE]|\\(?:u00|x)3[eE]/g

const angles = new RegExp(`[${opening}${closing}]`, 'gu')

/** What follows a sign of comparison: a number, or the other half of `<=`. */
const compared = /^[^\S\n]{0,4}(?:=|[-+.$€£]?\d)/

/**
 * The text without a bracket that could open or close a tag. A sign before a number is a comparison and stays; one that
 * stands between spaces is put in words; all others become round brackets. Linear.
 */
export const neutralBrackets = (text: string): string => {
  let open = 0
  return text
    .replace(writtenOpen, '<')
    .replace(writtenClose, '>')
    .replace(angleQuotes, '"')
    .replace(angles, (sign, at: number, whole: string) => {
      const next = whole.slice(at + sign.length, at + 8)
      if (opening.includes(sign)) {
        if (compared.test(next)) return '<'
        if (/^\s/.test(next)) return 'less than'
        open++
        return '('
      }
      if (open === 0) return '>'
      open--
      return ')'
    })
}
