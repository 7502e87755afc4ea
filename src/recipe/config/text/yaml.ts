import { isMap, isScalar, isSeq, LineCounter, type ParsedNode, parseDocument, visit } from 'yaml'
import { messageOf } from '../../../flow/index.ts'
import type { Mistake } from '../codec/mistake.ts'
import { isNestedDeeper } from './nesting.ts'

/** The text of a configuration, read: its value, and where everything stands. */
export interface Source {
  readonly value: unknown
  /** The line of a setting, from 1; of the nearest one around it where it does not stand in the text. */
  readonly lineOf: (path: readonly string[]) => number
  /** How many names of a path stand in the text. */
  readonly depthOf: (path: readonly string[]) => number
  readonly mistakes: readonly (Mistake & { readonly line: number })[]
}

/** Far more than a configuration has: what goes beyond is no configuration. */
export const limits = { characters: 131_072, levels: 24, aliases: 100 } as const

/** Where a name, or an element, of a node is written, and what stands there. */
const child = (node: unknown, name: string): { readonly at: number; readonly node: unknown } | undefined => {
  if (isMap(node))
    for (const { key, value } of node.items)
      if (isScalar(key) && String(key.value) === name) return { at: key.range?.[0] ?? 0, node: value }
  if (isSeq(node)) {
    const item = node.items[Number(name)]
    return item === undefined ? undefined : { at: (item as ParsedNode).range?.[0] ?? 0, node: item }
  }
  return undefined
}

/** As much of a path as stands in the text: where its last name is, and how many names there are. */
const walk = (root: unknown, path: readonly string[]): { readonly at: number; readonly depth: number } => {
  let found = { at: 0, node: root }
  for (const [depth, name] of path.entries()) {
    const next = child(found.node, name)
    if (next === undefined) return { at: found.at, depth }
    found = next
  }
  return { at: found.at, depth: path.length }
}

type Placed = Source['mistakes'][number]

/** Names that stand twice in one map. */
const twice = (root: unknown, lineAt: (offset: number) => number): readonly Placed[] => {
  const found: Placed[] = []
  const look = (node: unknown, path: readonly string[]): void => {
    if (isMap(node)) {
      const lines = new Map<string, number>()
      for (const { key, value } of node.items) {
        const name = isScalar(key) ? String(key.value) : ''
        const line = lineAt(isScalar(key) ? (key.range?.[0] ?? 0) : 0)
        const before = lines.get(name)
        if (before !== undefined)
          found.push({
            path: [...path, name],
            line,
            says: `stands twice, first in line ${before}: leave one of them away`,
          })
        lines.set(name, before ?? line)
        look(value, [...path, name])
      }
    } else if (isSeq(node)) for (const [i, item] of node.items.entries()) look(item, [...path, String(i)])
  }
  look(root, [])
  return found
}

const nothing: Pick<Source, 'value' | 'lineOf' | 'depthOf'> = { value: undefined, lineOf: () => 1, depthOf: () => 0 }

/**
 * Reads the text of a configuration as YAML 1.2. Names that stand twice, tags, several documents and a syntax that is none are mistakes
 * with their lines; aliases are followed at most a hundred times, and nothing is built that is nested too deeply or too long.
 */
export const readYaml = (text: string): Source => {
  const whole = (says: string, line = 1): Source => ({ ...nothing, mistakes: [{ path: [], line, says }] })
  if (text.length > limits.characters)
    return whole(`has ${text.length} characters, and a configuration has at most ${limits.characters}`)
  if (isNestedDeeper(text, limits.levels)) return whole(`is nested deeper than ${limits.levels} levels`)
  const lines = new LineCounter()
  const lineAt = (offset: number): number => lines.linePos(offset).line
  try {
    const document = parseDocument(text, {
      lineCounter: lines,
      prettyErrors: false,
      uniqueKeys: false,
      stringKeys: true,
      merge: true,
      logLevel: 'error',
    })
    const wrong = [...document.errors, ...document.warnings]
    if (wrong.length > 0)
      return {
        ...nothing,
        mistakes: wrong
          .slice(0, 5)
          .map(({ message, pos: [at] }) => ({ path: [], line: lineAt(at), says: `is no YAML: ${message}` })),
      }
    const root = document.contents
    const mistakes = twice(root, lineAt)
    let firstAlias = 0
    visit(document, {
      Alias: (_, { range }) => {
        firstAlias = range?.[0] ?? 0
        return visit.BREAK
      },
    })
    const value = toValue(() => document.toJS({ maxAliasCount: limits.aliases }), lineAt(firstAlias))
    if ('says' in value) return { ...nothing, mistakes: [value] }
    return {
      value: value.value,
      lineOf: path => lineAt(walk(root, path).at),
      depthOf: path => walk(root, path).depth,
      mistakes,
    }
  } catch (error) {
    return whole(`is no YAML: ${messageOf(error)}`)
  }
}

/** The value of a document; an alias that stands in itself, or that makes too much of little, is a mistake. */
const toValue = (build: () => unknown, line: number): { readonly value: unknown } | Placed => {
  try {
    const value = build()
    // A list that holds itself has no text.
    JSON.stringify(value)
    return { value }
  } catch (error) {
    const why = messageOf(error)
    const says = why.includes('Excessive alias count')
      ? `follows more than ${limits.aliases} aliases: write the settings out`
      : why.includes('circular')
        ? 'has an alias that stands inside what it names: write the setting out'
        : `has an alias that cannot be followed: ${why}`
    return { path: [], line, says }
  }
}
