import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = new URL('../../', import.meta.url)

interface Component {
  readonly name: string
  readonly hashes: readonly { readonly alg: string }[]
  readonly components?: readonly { readonly name: string; readonly licenses: unknown; readonly properties: unknown }[]
}

test('the bill of materials has what the lock has for users, with hashes, and what is inside of node-av', () => {
  execFileSync(process.execPath, ['.ci/sbom.js'], { cwd: fileURLToPath(root), timeout: 120_000 })
  const { bomFormat, components, metadata } = JSON.parse(
    readFileSync(new URL('build/sbom.cdx.json', root), 'utf8'),
  ) as {
    bomFormat: string
    components: readonly Component[]
    metadata: { component: { name: string } }
  }
  expect([bomFormat, metadata.component.name]).toEqual(['CycloneDX', 'kinograd'])
  const names = components.map(({ name }) => name)
  // fast-check is one that `npm sbom --omit=dev` leaves out, rxjs a peer.
  expect(names).toEqual(expect.arrayContaining(['fast-check', 'rxjs', 'fp-ts', 'node-av', 'ffmpeg-static', 'sharp']))
  expect(names).not.toContain('vitest')
  expect(components.filter(({ hashes }) => hashes[0]?.alg !== 'SHA-512')).toEqual([])
  const binary = components.find(({ name }) => name === `@seydx/node-av-${process.platform}-${process.arch}`)
  expect(binary?.components).toMatchObject([
    {
      name: 'FFmpeg',
      licenses: [{ license: { id: 'GPL-3.0-or-later' } }],
      properties: [{ name: 'kinograd:gpl', value: 'libx264 libx265' }, { name: 'kinograd:nonfree' }],
    },
  ])
}, 130_000)
