import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { either as E } from 'fp-ts'
import { readConfigText, settingNames } from 'kinograd/recipe'
import { describe, expect, test } from 'vitest'
import { configBlocks } from './config-blocks.ts'

const page = await readFile(fileURLToPath(new URL('../../../docs/configs.md', import.meta.url)), 'utf8')

describe('docs/configs.md', () => {
  const rows = [...page.matchAll(/^\| `([\w.]+)` \| (.*) \|.*\|$/gm)].map(([, name = '', what = '']) => ({
    name,
    what,
  }))
  const named = new Set(rows.map(({ name }) => name))
  /** Settings whose own are those of another one, as the table says. */
  const alike = rows.filter(({ what }) => /\bas `|with the names of/.test(what)).map(({ name }) => name)
  const inside = (name: string): boolean => alike.some(other => name.startsWith(`${other}.`))
  const leads = (name: string): boolean => [...named].some(other => other.startsWith(`${name}.`))

  test('says what every setting is', () => {
    const untold = settingNames.filter(name => !named.has(name) && !inside(name) && !leads(name))
    expect(untold.filter(name => !/^records\.fields\./.test(name))).toEqual([])
  })
  test('names no setting that there is not', () => {
    const known = new Set(settingNames)
    expect([...named].filter(name => !known.has(name))).toEqual([])
    expect(named.size).toBeGreaterThan(100)
  })
  test.each(configBlocks(page).map(({ title, yaml }) => [title, yaml]))('%s: its settings are right', (_, yaml) => {
    const read = readConfigText('page.yaml', yaml)
    expect(E.isLeft(read) ? read.left : []).toEqual([])
  })
})
