const longNames =
  /(?:api_?key|access_?key|private_?key|secret_?key|secret|token|password|passwd|passphrase|credentials?)$/i
const shortNames = /(?:^|[_-])(?:key|auth|pat|pass|pwd)$/i

/** Where a shell is and was (POSIX, Environment Variables): paths, which messages are full of. */
const directories: ReadonlySet<string> = new Set(['PWD', 'OLDPWD'])

/** Whether a variable or a field is called as secrets are. Names of some libraries' settings are too: see `isKey`, `hasKey`. */
export const isSecretName = (name: string): boolean =>
  !directories.has(name) && (longNames.test(name) || shortNames.test(name))

/** Names of what a machine made: such a value is no word that people use, though it may look like one. */
const keyName = /key$/i

/** One word of a natural language as one may write it: no digits, no capitals inside. */
const isWord = (value: string): boolean => /^\p{L}\p{Ll}*$|^\p{Lu}+$/u.test(value)

/** A token of a tokenizer (`<|im_end|>`, `[PAD]`), an address without a password, a plain number: no secrets. */
const isPlain = (value: string): boolean =>
  /^<[^<>]*>$|^\[[^[\]]*\]$/.test(value) || /^[+-]?\d{1,11}(?:\.\d*)?$/.test(value) || /^[a-z]+:\/\/[^@]*$/i.test(value)

/**
 * Whether what an environment variable with the name of a secret holds can be one: at least 8 characters, and no word, number, address or
 * special token, which would be hidden wherever it is meant. Of a variable that is named a key, only words of up to 11 letters are.
 */
export const isKey = (name: string, value: string): boolean =>
  value.length >= 8 && !isPlain(value) && (!isWord(value) || (keyName.test(name) && value.length >= 12))

/** Runs of letters and digits. */
const runs = /[A-Za-z0-9]+/g

/**
 * Whether a value that something beside it calls a secret can be one: a run of at least ten letters and digits, with
 * both. Names of models, of tokens and words in a row have none.
 */
export const hasKey = (value: string): boolean =>
  (value.match(runs) ?? []).some(run => run.length >= 10 && /\d/.test(run) && /[A-Za-z]/.test(run))

/** How often letters of either case and digits take turns in a text, a character. Words and versions: below 0.2; random: 0.6. */
const turns = (run: string): number => {
  const kindOf = (character: string): number => (/\d/.test(character) ? 0 : /[A-Z]/.test(character) ? 1 : 2)
  const kinds = Array.from(run, kindOf)
  return kinds.filter((kind, i) => i > 0 && kind !== kinds[i - 1]).length / run.length
}

/** Whether a value looks random enough to be a key, whatever it is called: twenty or more letters of both cases and digits, in a muddle. */
export const isRandom = (value: string): boolean =>
  value.length <= 512 &&
  (value.match(runs) ?? []).some(
    run => run.length >= 20 && /\d/.test(run) && /[a-z]/.test(run) && /[A-Z]/.test(run) && turns(run) > 0.3,
  )
