import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What may differ between two runs of one seed: how long things took, when they were, and what else was in the checkout then. */
const timely = new Set(['seconds', 'secondsPerUpdate', 'tokensPerSecond', 'time', 'machines', 'commit'])

const timeless = (_: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).filter(([name]) => !timely.has(name)))
    : value

const inJson = (text: string): string => JSON.stringify(JSON.parse(text), timeless)
const inLines = (text: string): string =>
  text
    .split('\n')
    .map(line => (line === '' ? '' : inJson(line)))
    .join('\n')

/** The files that are compared, and what is compared of each. */
const texts: readonly (readonly [name: string, read: (text: string) => string])[] = [
  ['summary.json', inJson],
  ['metrics.jsonl', inLines],
  ['failures.jsonl', inLines],
  ['rollouts.jsonl', text => text],
  ['outputs.jsonl', text => text],
  ['cot.jsonl', text => text],
]

/** Files of the checkpoints of a run: weights, optimisers, configurations. */
const checkpointFiles = (run: string): readonly string[] =>
  readdirSync(join(run, 'checkpoints'), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name).slice(run.length + 1))
    .sort()

const bytes = (path: string): Buffer => (existsSync(path) ? readFileSync(path) : Buffer.alloc(0))

/** Names of the files in which two finished runs differ: summary, logs, weights and optimisers, to the bit but for times. */
export const differing = (one: string, other: string): readonly string[] => {
  const files = new Set([...checkpointFiles(one), ...checkpointFiles(other)])
  return [
    ...texts.flatMap(([name, read]) => {
      const [a = '', b = ''] = [one, other].map(run => read(bytes(join(run, name)).toString()))
      return a === b ? [] : [name]
    }),
    ...[...files].filter(name => !bytes(join(one, name)).equals(bytes(join(other, name)))),
  ]
}
