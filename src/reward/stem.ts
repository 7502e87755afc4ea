/**
 * The Porter stemmer with NLTK's extensions (`PorterStemmer(mode="NLTK_EXTENSIONS")`, what rouge_score uses), written
 * from its published rules (Porter 1980; NLTK's documentation of its departures). Words are lower-case a–z and 0–9.
 */

const irregular: ReadonlyMap<string, string> = new Map([
  ['sky', 'sky'],
  ['skies', 'sky'],
  ['dying', 'die'],
  ['lying', 'lie'],
  ['tying', 'tie'],
  ['news', 'news'],
  ['innings', 'inning'],
  ['inning', 'inning'],
  ['outings', 'outing'],
  ['outing', 'outing'],
  ['cannings', 'canning'],
  ['canning', 'canning'],
  ['howe', 'howe'],
  ['proceed', 'proceed'],
  ['exceed', 'exceed'],
  ['succeed', 'succeed'],
])

/** One letter a character: v for a vowel, c for a consonant; y is a consonant at the start and after a vowel. */
const shape = (word: string): string => {
  let out = ''
  for (const c of word) out += 'aeiou'.includes(c) || (c === 'y' && out.endsWith('c')) ? 'v' : 'c'
  return out
}

/** Porter's m: how often a vowel is followed by a consonant. */
const measure = (word: string): number => shape(word).match(/vc/g)?.length ?? 0
const positive = (stem: string): boolean => measure(stem) > 0
const aboveOne = (stem: string): boolean => measure(stem) > 1
const hasVowel = (word: string): boolean => shape(word).includes('v')

/** Porter's *o, with NLTK's addition for words of two letters. */
const endsShort = (word: string): boolean => {
  const form = shape(word)
  if (word.length === 2) return form === 'vc'
  return form.endsWith('cvc') && !/[wxy]$/.test(word)
}

type Rule = readonly [suffix: string, replacement: string, condition: (stem: string, word: string) => boolean]

/** The first rule whose suffix fits decides, whether its condition holds or not. */
const apply = (word: string, rules: readonly Rule[]): string => {
  const rule = rules.find(([suffix]) => word.endsWith(suffix))
  if (rule === undefined) return word
  const stem = word.slice(0, word.length - rule[0].length)
  return rule[2](stem, word) ? stem + rule[1] : word
}

const always = (): boolean => true
const rules = (condition: Rule[2], pairs: string): readonly Rule[] =>
  pairs.split(' ').map(pair => {
    const [suffix, replacement] = pair.split('>')
    return [suffix!, replacement!, condition]
  })

const step1a = (word: string): string =>
  word.endsWith('ies') && word.length === 4 ? word.slice(0, -1) : apply(word, rules(always, 'sses>ss ies>i ss>ss s>'))

const step1b = (word: string): string => {
  if (word.endsWith('ied')) return word.slice(0, word.length === 4 ? -1 : -2)
  if (word.endsWith('eed')) return positive(word.slice(0, -3)) ? word.slice(0, -1) : word
  const bare = ['ed', 'ing']
    .filter(s => word.endsWith(s))
    .map(s => word.slice(0, -s.length))
    .find(hasVowel)
  if (bare === undefined) return word
  if (/(?:at|bl|iz)$/.test(bare)) return `${bare}e`
  const last = bare.at(-1)
  if (last === bare.at(-2) && shape(bare).endsWith('c')) return /[lsz]$/.test(bare) ? bare : bare.slice(0, -1)
  return measure(bare) === 1 && endsShort(bare) ? `${bare}e` : bare
}

const step1c = (word: string): string => apply(word, [['y', 'i', stem => shape(stem).endsWith('c')]])

const second: readonly Rule[] = [
  ...rules(positive, 'ational>ate tional>tion enci>ence anci>ance izer>ize bli>ble alli>al entli>ent eli>e ousli>ous'),
  ...rules(positive, 'ization>ize ation>ate ator>ate alism>al iveness>ive fulness>ful ousness>ous aliti>al iviti>ive'),
  ...rules(positive, 'biliti>ble fulli>ful'),
  ['logi', 'log', (_, word) => positive(word.slice(0, -3))],
]

const step2 = (word: string): string =>
  word.endsWith('alli') && positive(word.slice(0, -4)) ? step2(word.slice(0, -2)) : apply(word, second)

const third = rules(positive, 'icate>ic ative> alize>al iciti>ic ical>ic ful> ness>')

const fourth: readonly Rule[] = [
  ...rules(aboveOne, 'al> ance> ence> er> ic> able> ible> ant> ement> ment> ent>'),
  ['ion', '', stem => aboveOne(stem) && /[st]$/.test(stem)],
  ...rules(aboveOne, 'ou> ism> ate> iti> ous> ive> ize>'),
]

const step5 = (word: string): string => {
  const stem = word.slice(0, -1)
  const cut = word.endsWith('e') && (aboveOne(stem) || (measure(stem) === 1 && !endsShort(stem))) ? stem : word
  return cut.endsWith('ll') && aboveOne(cut) ? cut.slice(0, -1) : cut
}

/** The stem of a lower-case word; words of one or two letters stay. */
export const stem = (word: string): string => {
  const known = irregular.get(word)
  if (known !== undefined) return known
  if (word.length <= 2) return word
  return step5(apply(apply(step2(step1c(step1b(step1a(word)))), third), fourth))
}
