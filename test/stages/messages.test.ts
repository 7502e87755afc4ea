import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

/**
 * What the compiler says of pipelines that are put together wrongly: each file of `wrong` holds one mistake, and `messages.json` what is said
 * of it. (Written anew by `node test/stages/wrong/write.js`, to be read before it is committed.)
 */

const root = fileURLToPath(new URL('../../', import.meta.url))
const folder = new URL('wrong/', import.meta.url)
const pinned: Readonly<Record<string, readonly string[]>> = JSON.parse(
  readFileSync(new URL('messages.json', folder), 'utf8'),
)
const { stdout } = spawnSync(
  'node',
  ['node_modules/typescript/bin/tsc', '--pretty', 'false', '-p', 'test/stages/wrong'],
  {
    cwd: root,
    encoding: 'utf8',
    timeout: 120_000,
  },
)
/** Messages by file, without the place. */
const said = new Map<string, string[]>()
for (const message of stdout.split(/^(?=test\/stages\/wrong\/)/m).filter(text => text !== '')) {
  const [, file = '', text = ''] = /^test\/stages\/wrong\/([\w-]+)\.ts\S* error (.*)$/s.exec(message.trimEnd()) ?? []
  said.set(file, [...(said.get(file) ?? []), text])
}

describe('a wrong pipeline gets one message, which names the missing field and the stage that adds it', () => {
  const files = readdirSync(folder).flatMap(name => /^(?!given)(.*)\.ts$/.exec(name)?.[1] ?? [])
  test('each file has its message', () => expect([...said.keys()].sort()).toEqual(files.sort()))
  test.each(files)('%s', file => expect(said.get(file)).toEqual(pinned[file]))
  test('one each, and below 600 characters; a constant prints the type of its stages as well', () => {
    expect([...said.values()].every(messages => messages.length === 1)).toBe(true)
    const long = [...said].filter(([, [message = '']]) => message.length >= 600).map(([file]) => file)
    expect(long).toEqual(['frames-leave-constant'])
  })
})
