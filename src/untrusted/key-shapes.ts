import { hasKey } from './key-like.ts'

export const hidden = '[secret]'

/** What may stand before a key: no letter or digit, unless it belongs to an escape of JSON or of an address. */
const before = String.raw`(?:(?<![A-Za-z0-9])|(?<=%[0-9A-Fa-f]{2})|(?<=\\[nrtbf"]))`

/** A digit soon, or more letters in a row than a word has: `sk-learn-with-many-words` is no key. */
const random = String.raw`(?=[\w-]{0,64}?(?:\d|[A-Za-z]{20}))`

/** Keys that begin in one of some ways. The beginning is looked for first, which is quick; all runs are bounded or taken whole. */
const keys = (beginning: string, rest: string): RegExp =>
  new RegExp(`(?:${beginning})(?<=${before}(?:${beginning}))${rest}`, 'g')

/** Keys as their issuers shape them. */
const issued: readonly RegExp[] = [
  keys('sk-', String.raw`${random}[\w-]{16,}`),
  keys('gh[pousr]_|hf_|gsk_|r8_|npm_|[rs]k_(?:live|test)_|whsec_|dop_v1_', `${random}[A-Za-z0-9]{16,}`),
  keys('github_pat_|glpat-|xox[abeoprs]-|nvapi-|xai-|pypi-', String.raw`${random}[\w-]{16,}`),
  keys('AKIA|ASIA', '[A-Z0-9]{16}(?![A-Za-z0-9])'),
  keys('AIza', String.raw`[\w-]{30,}`),
  keys(String.raw`ya29\.`, String.raw`[\w-]{16,}`),
  // Three parts of Base64, of which the first begins with {" in JSON: a JSON Web Token.
  /eyJ(?<=(?<![\w-])eyJ)[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?/g,
  /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?:(?!-----)[\s\S])*(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----)?/g,
]

/** Keys that something beside them tells: each with a part before, the secret, and whether that must look like one. */
const told: readonly (readonly [RegExp, (secret: string) => boolean])[] = [
  [
    /(\b(?:bearer|basic)(?:\s|%20|\+){1,8})([\w.~+/=-]{16,})/gi,
    secret => hasKey(secret) || /[A-Za-z]{20}/.test(secret),
  ],
  // The password of an address: to its last @, since a password may hold one.
  [/(:\/\/[^\s/:@"']{0,64}:)([^\s/"'<>]{1,256})(?=@)/g, () => true],
  [/(:\/\/)([\w.~-]{16,128})(?=@)/g, hasKey],
  [
    /((?:api[-_]?key|access[-_]?key|token|secret|passw(?:or)?d|signature|authorization)["']?\s{0,4}[:=]\s{0,4}["']?)([\w.~+/=-]{10,})/gi,
    hasKey,
  ],
]

/** The text without what has the shape of a key, or is said to be one and looks like it. Linear. */
export const withoutShapes = (text: string): string =>
  told.reduce(
    (left, [shape, isSecret]) =>
      left.replace(shape, (whole, before: string, secret: string) => (isSecret(secret) ? before + hidden : whole)),
    issued.reduce((left, shape) => left.replace(shape, hidden), text),
  )
