import { isWordOf, type Token, wordAt } from '../text/token.ts'
import { standingAfter } from './after.ts'
import { standingBefore } from './before.ts'
import { type Join, joinOf } from './join.ts'
import type { Firmness, Mention } from './mention.ts'
import { correcting, reasons } from './vocabulary.ts'

/** Mentions that belong together: one alone, "A and B", "A or B". */
export interface Statement<V> {
  readonly mentions: readonly Mention<V>[]
  /** One of several is meant, and the text does not say which. */
  readonly open: boolean
  readonly firmness: Firmness
  readonly from: number
  readonly next: number
  /** A word stands before this statement, behind the one before it, that takes the earlier one back. */
  readonly corrects: boolean
  /** A word stands there that gives a reason or draws a contrast. */
  readonly explains: boolean
}

interface Judged<V> extends Mention<V> {
  readonly firmness: Firmness
  /** A word before it rejects it. */
  readonly denied: boolean
  /** What stands behind it says that it is wrong. */
  readonly refuted: boolean
  readonly join: Join
}

const judge = <V>(tokens: readonly Token[], mentions: readonly Mention<V>[]): readonly Judged<V>[] =>
  mentions.map((mention, i) => {
    const before = standingBefore(tokens, mention.from)
    const after = standingAfter(tokens, mention.next)
    const previous = mentions[i - 1]
    const dismissed = before.firmness === -1 && after.firmness === 0
    return {
      ...mention,
      firmness: dismissed ? -1 : Math.max(before.firmness, after.firmness),
      denied: before.rejected,
      refuted: after.rejected,
      join: previous === undefined ? 'apart' : joinOf(tokens, previous, mention),
    }
  })

/** Splits mentions where they stand apart. */
const chains = <V>(judged: readonly Judged<V>[]): readonly (readonly Judged<V>[])[] => {
  const found: Judged<V>[][] = []
  for (const mention of judged) {
    if (mention.join === 'apart') found.push([mention])
    else found.at(-1)!.push(mention)
  }
  return found
}

/**
 * Whether each of a chain is rejected. "Neither A nor B", "rule out A, B and C", "A, B and C are wrong": what is said of
 * one holds for all that a later "or" or "and" binds to it.
 */
const rejections = <V>(chain: readonly Judged<V>[]): readonly boolean[] => {
  const lastBound = chain.findLastIndex(({ join }) => join === 'and' || join === 'open')
  const denied = chain.map(mention => mention.denied)
  for (let i = 1; i <= lastBound; i++) denied[i] ||= denied[i - 1] === true
  const refuted = chain.map(mention => mention.refuted)
  for (let i = lastBound - 1; i >= 0; i--) refuted[i] ||= refuted[i + 1] === true
  return chain.map((_, i) => denied[i] === true || refuted[i] === true)
}

const isAmong = (tokens: readonly Token[], from: number, to: number, words: ReadonlySet<string>): boolean => {
  for (let at = from; at < to; at++) if (isWordOf(tokens, at, words)) return true
  return false
}

/**
 * Gathers mentions, in their order, into statements, without those that the text rejects: what is rejected in one place
 * and chosen nowhere counts nowhere.
 */
export const statements = <V>(tokens: readonly Token[], mentions: readonly Mention<V>[]): readonly Statement<V>[] => {
  const judged = chains(judge(tokens, mentions)).map(chain => {
    const rejected = rejections(chain)
    return chain.map((mention, i) => ({ ...mention, rejected: rejected[i] === true }))
  })
  const firm = new Set(judged.flat().flatMap(m => (m.firmness >= 1 && !m.rejected ? [m.key] : [])))
  const gone = new Set(judged.flat().flatMap(m => (m.rejected && !firm.has(m.key) ? [m.key] : [])))
  let end = 0
  return judged.flatMap((chain): readonly Statement<V>[] => {
    const left = chain.filter(mention => !mention.rejected && !gone.has(mention.key))
    const first = chain[0]!
    const last = chain.at(-1)!
    const start = end
    end = last.next
    if (left.length === 0) return []
    const between = wordAt(tokens, first.from - 1) === 'between'
    return [
      {
        mentions: left,
        open: left.length > 1 && (between || left.some((mention, i) => i > 0 && mention.join === 'open')),
        firmness: left.reduce((most, mention) => Math.max(most, mention.firmness), -1),
        from: first.from,
        next: last.next,
        corrects: isAmong(tokens, start, first.from, correcting),
        explains: isAmong(tokens, start, first.from, reasons),
      },
    ]
  })
}
