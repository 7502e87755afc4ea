import { mkdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { either as E } from 'fp-ts'
import { realMedia } from 'kinograd/dataset'
import { afterAll, describe, expect, test } from 'vitest'
import { folder } from '../media/scene.ts'

const home = realpathSync(folder())
afterAll(() => rmSync(home, { recursive: true, force: true }))

mkdirSync(join(home, 'data/inner'), { recursive: true })
mkdirSync(join(home, 'data-of-others'))
for (const file of ['data/a.mp4', 'data/inner/b.mp4', 'data-of-others/c.mp4']) writeFileSync(join(home, file), '')
symlinkSync(join(home, 'data'), join(home, 'current'))
symlinkSync(home, join(home, 'data/inner/up'))
symlinkSync(join(home, 'data-of-others/c.mp4'), join(home, 'data/away.mp4'))
symlinkSync(join(home, 'data/inner/b.mp4'), join(home, 'data/near.mp4'))

/** The same folder: as it is, by a link to it, and below a link to what holds it. */
describe.each([['data'], ['current'], ['data/inner/up/data']])('the root %s', name => {
  const root = join(home, name)
  const placed = (path: string) => realMedia(root, { id: '7', path })()

  test.each(['a.mp4', 'inner/b.mp4', 'near.mp4', 'inner/up/data/a.mp4', 'missing.mp4'])('holds %s', async path => {
    expect(await placed(path)).toEqual(E.right(join(root, path)))
  })
  test.each([
    ['away.mp4', 'data-of-others/c.mp4'],
    ['inner/up/data-of-others/c.mp4', 'data-of-others/c.mp4'],
  ])('does not hold %s', async (path, real) => {
    const found = await placed(path)
    expect(E.isLeft(found) && [found.left._tag, found.left.cause]).toEqual([
      'OutsideRoot',
      `record 7: path "${path}" is a link to ${join(home, real)}, outside of the root ${join(home, 'data')}`,
    ])
  })
})
