import { either as E } from 'fp-ts'

/** The part of an answer after its thoughts, or null when it holds nothing else. */
const afterThoughts = (answer: string): string | null => {
  let start = 0
  for (const end of answer.matchAll(/<\/think(?:ing)?[^\S\n]{0,9}>/gi)) start = end.index + end[0].length
  if (start > 0) return answer.slice(start)
  return /^<think(?:ing)?>/i.test(answer.trimStart().slice(0, 12)) ? null : answer
}

/** The text inside a block of code, or inside backticks, that is the whole answer; other answers as they are. */
const unwrapped = (answer: string): string => {
  const whole = answer.trim()
  const mark = whole.startsWith('```') ? '```' : '`'
  const end = whole.length - mark.length
  if (end < mark.length || !whole.startsWith(mark) || whole.indexOf(mark, mark.length) !== end) return answer
  return whole.slice(mark.length, end)
}

/** What may follow the last tag and says nothing: space, emphasis, a full stop. */
const soft = /[\s*_.!。！]/

/** Tags around a whole answer, and the marks with which models end their turn. */
const envelope =
  /(?:<\/(?:answer|output|response|result|final|conclusion|s)\s{0,3}>|<\|[a-z_]{1,20}\|>|<(?:end_of_turn|eos)>)$/i

/** Where an answer ends, without what may follow its last tag. */
const saidEnd = (answer: string): number => {
  for (let end = answer.length; ; ) {
    while (end > 0 && soft.test(answer[end - 1]!)) end--
    const mark = envelope.exec(answer.slice(Math.max(0, end - 40), end))
    if (mark === null) return end
    end -= mark[0].length
  }
}

/** Takes closing tags from the end of a text, also ones that were cut short or are missing their stroke. */
const withoutClosing = (text: string, names: readonly string[]): string => {
  const tag = /\s*<[/\\]?\s{0,3}([a-z]{0,12})\s{0,3}>?\s*$/i.exec(text)
  if (tag === null) return text
  const letters = tag[1]!.toLowerCase()
  return names.some(name => name.startsWith(letters)) ? withoutClosing(text.slice(0, tag.index), names) : text
}

/** A quotation mark that opens. */
const openingMark = /(?:[“‘„«「『]|(?:^|[\s([{:,—*])["'`])$/

/** Words that announce what somebody else wrote, and no verdict. */
const announced =
  /\b(?:says?|said|states?|reads?|contains?|claims?|includes?|writes?|wrote|orders?|demands?|text|words?|tag)\s{0,9}:?\s{0,9}$/i

/** Whether what stands before a tag makes it a quotation: a mark, an announcement, a quoted line, a block of code. */
const quotedAfter = (before: string): boolean => {
  const line = before.slice(before.lastIndexOf('\n') + 1)
  if (openingMark.test(before.slice(-2)) || announced.test(before.slice(-40))) return true
  if (line.trimStart().startsWith('>')) return true
  if (/^(?: {4}|\t)/.test(line) && before.trim() !== '') return true
  let fences = 0
  for (let at = before.indexOf('```'); at !== -1; at = before.indexOf('```', at + 3)) fences++
  return fences % 2 === 1
}

/** Emphasis, quotation marks and brackets around a word, and a full stop or an exclamation mark after it. */
const dressed =
  /^([\s*_:>"'`“”‘’«»「」『』()[\]{}]*)([\p{L}\p{N}](?:[\s\S]*[\p{L}\p{N}])?)([\s*_.!,;。！"'`“”‘’«»「」『』()[\]{}]*)$/u
const emphasis = /<\/?(?:b|i|em|strong|u|mark)>/gi
const marks = (text: string): number => text.replace(/[^"'`“”‘’«»「」『』()[\]{}]/g, '').length

/** The longest ending that is looked at. */
const reach = 240

/**
 * Reads the word in the tag that ends an answer. Only what ends it counts: whoever quotes a tag goes on writing, or
 * closes a quotation. Read are dressed words (`**Yes**`, `Yes!`), a closing tag that is missing or cut short at the end,
 * thoughts before. Not read are tags in quotation marks, after "it says", in a quoted line or a block of code within an
 * answer, and choices ("`<judgement>Yes</judgement> or <judgement>No</judgement>`"). Left says in a few words, none of them the
 * answer's, why there is none. Linear.
 */
export const endingWord = (answer: string, names: readonly [string, ...string[]]): E.Either<string, string> => {
  const spoken = afterThoughts(answer)
  if (spoken === null) return E.left('it holds thoughts alone, which do not end')
  const text = unwrapped(spoken)
  const end = saidEnd(text)
  const from = Math.max(0, end - reach)
  const tail = withoutClosing(text.slice(from, end), names)
  const tag = new RegExp(`<\\s{0,3}(?:${names.join('|')})\\s{0,3}>`, 'gi')
  const open = [...tail.matchAll(tag)].at(-1)
  if (open === undefined)
    return E.left(tag.test(text) ? 'text follows its last tag' : 'nothing in it stands in the tags that were asked for')
  const before = text.slice(0, from + open.index)
  const inner = tail.slice(open.index + open[0].length).replace(emphasis, '')
  if (/<[/\\]/.test(inner)) return E.left('text follows its last tag')
  if (quotedAfter(before)) return E.left('its last tag is a quotation')
  const [, lead = '', word = '', trail = ''] = dressed.exec(inner) ?? []
  // An option's letter may stand before a bracket: "B)".
  const around = word.length === 1 ? trail.replace(/^\)/, '') : trail
  const even = marks(lead) === marks(trail) || marks(lead) === marks(around)
  if (word === '' || !even) return E.left('its last tag does not hold one of the words asked for')
  const choice = new RegExp(`</(?:${names.join('|')})>[\\s,;]{0,9}(?:or|/|\\|)[\\s,;]{0,9}$`, 'i')
  return choice.test(before.slice(-60)) ? E.left('it names a choice and does not choose') : E.right(word.toLowerCase())
}
