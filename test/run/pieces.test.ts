import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { either as E } from 'fp-ts'
import { cannotWrite, digestOf, Html, html, inElement, readJson, takeLock, writeWhole } from 'kinograd/run'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

/** What other rooms take from this one for files and pages of their own. */

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pieces-'))
})
afterAll(() => rm(folder, { recursive: true }))

describe('files', () => {
  test('are written whole, read again, and known by their digest', async () => {
    const path = join(folder, 'a.json')
    expect(await writeWhole(path, '{"a": 1}')()).toEqual(E.right(undefined))
    expect(await readJson(path)()).toEqual(E.right({ a: 1 }))
    expect(await readJson(join(folder, 'none.json'))()).toEqual(E.right(undefined))
    const digest = await digestOf(path)
    expect(digest.bytes).toBe(8)
    await writeFile(path, '{"a": 2}')
    expect((await digestOf(path)).sha256).not.toBe(digest.sha256)
  })
  test('of a folder that is held are refused to others until it is given free', async () => {
    const first = await takeLock(folder)()
    expect(await takeLock(folder)()).toMatchObject({ left: { _tag: 'Locked' } })
    if (E.isRight(first)) await first.right()
    expect(await takeLock(folder)()).toMatchObject({ _tag: 'Right' })
  })
  test.each([
    ['ENOSPC', 'NoSpace'],
    ['EDQUOT', 'NoSpace'],
    ['EACCES', 'CannotWrite'],
  ])('that cannot be written for %s say so', (code, tag) =>
    expect(cannotWrite('a')(Object.assign(new Error('no'), { code }))).toMatchObject({ _tag: tag }),
  )
})

test('data and text of a page cannot leave their place', () => {
  const evil = '</script><b>"&\u202e'
  const page = html`<p>${evil}</p><script>${inElement({ evil })}</script>${new Html('<br>')}`.markup
  expect(page).not.toContain(evil)
  expect(page.match(/<\/script>/g)).toHaveLength(1)
  expect(page).toContain('<br>')
  expect(page).not.toContain('\u202e')
})
