import { Parser } from 'yaml'

/** What a token of YAML's parser holds of others. */
interface Holding {
  readonly value?: unknown
  readonly key?: unknown
  readonly items?: readonly unknown[]
}

const isHolding = (token: unknown): token is Holding => typeof token === 'object' && token !== null

/**
 * Whether anything in a text is nested deeper than so many levels. Tokens are looked at one by one: what builds the document is recursive,
 * and breaks the process before it can say so.
 */
export const isNestedDeeper = (text: string, levels: number): boolean => {
  for (const document of new Parser().parse(text)) {
    const open: [token: unknown, depth: number][] = [[document, 0]]
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const [token, depth] = next
      if (!isHolding(token)) continue
      if (depth > levels) return true
      for (const item of token.items ?? []) open.push([item, depth])
      open.push([token.key, depth + 1], [token.value, depth + 1])
    }
  }
  return false
}
