import { type Token, wordAt } from '../text/token.ts'
import type { Mention } from './mention.ts'
import { alternatives, hedging, together } from './vocabulary.ts'

/**
 * How two mentions in a row belong together: `apart`, or in a list ("A, B"), or by a word that adds ("A and B"), or as
 * alternatives ("A or B", "A/B").
 */
export type Join = 'apart' | 'list' | 'and' | 'open'

const openMarks = '/-~×+→÷*'
const listMarks = ',;、&|'
const dressing = '.)]}([{:"\'】【'
/** The most tokens that may stand between two mentions that belong together. */
const widest = 12

/** The join of a mention to the one before it. */
export const joinOf = <V>(tokens: readonly Token[], before: Mention<V>, mention: Mention<V>): Join => {
  if (mention.from - before.next > widest) return 'apart'
  let join: Join = 'list'
  let opened = false
  for (let at = before.next; at < mention.from; at++) {
    const word = wordAt(tokens, at)
    const { text } = tokens[at]!
    if (word === null) {
      // "5 (2 + 3)": what stands in brackets explains; "(A) (B)" is a list.
      opened ||= '([{'.includes(text) && at === before.next
      if (openMarks.includes(text)) join = 'open'
      // "The answer is B. A shows a ball": a new sentence, not a list.
      else if (text === '.' && tokens[mention.next]?.kind === 'word') return 'apart'
      else if (!listMarks.includes(text) && !dressing.includes(text)) return 'apart'
    } else if (alternatives.has(word)) join = 'open'
    else if (together.has(word)) join = join === 'open' ? 'open' : 'and'
    else if (!hedging.has(word)) return 'apart'
  }
  return opened && join === 'list' ? 'apart' : join
}
