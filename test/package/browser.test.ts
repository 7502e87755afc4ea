import { execFileSync } from 'node:child_process'
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { type BuildFailure, build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

/** The pure rooms run in browsers: they bundle without a stand-in for any module of Node, and their arithmetic is the same there. */

const source = fileURLToPath(new URL('../../src', import.meta.url))
let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kinograd-browser-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** Bundles a program for browsers; gives the text, or what could not be resolved. */
const bundled = async (contents: string): Promise<string> => {
  const stdin = { contents, resolveDir: source, loader: 'ts' as const }
  const { outputFiles } = await build({
    stdin,
    bundle: true,
    platform: 'browser',
    format: 'iife',
    write: false,
    logLevel: 'silent',
  })
  return outputFiles[0]?.text ?? ''
}

describe('bundles for browsers', () => {
  test.each(['flow', 'advantage', 'process', 'reward', 'laws'])('kinograd/%s', async room => {
    const text = await bundled(`import * as room from './${room}/index.ts'\nglobalThis.room = room`)
    expect(text).not.toMatch(/require\("node:|from "node:/)
    expect(text.length).toBeGreaterThan(1000)
  })

  test('a room that reads files does not: this test would notice', async () => {
    const text = "import * as room from './dataset/index.ts'\nglobalThis.room = room"
    await expect(bundled(text)).rejects.toSatisfy((failure: BuildFailure) =>
      failure.errors.some(({ text }) => text.includes('"node:fs')),
    )
  })
})

const named = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome']
const runs = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
const { CHROME_BIN, PATH = '' } = process.env
const chrome = [CHROME_BIN ?? '', ...PATH.split(delimiter).flatMap(at => named.map(name => join(at, name)))].find(
  path => path !== '' && runs(path),
)
if (chrome === undefined)
  console.log('No Chromium or Chrome on PATH or in CHROME_BIN: the laws are not tried in a browser.')

/** What a page of this script holds when it has loaded. */
const pageAfter = (script: string): string => {
  const page = join(folder, 'page.html')
  const told = "onerror = message => { document.querySelector('p').textContent = message }"
  const scripts = [told, script].map(text => `<script>${text.replaceAll('</script', '<\\/script')}</script>`)
  writeFileSync(page, `<meta charset="utf-8"><p></p>${scripts.join('')}`)
  const flags = ['--headless', '--no-sandbox', '--disable-gpu', `--user-data-dir=${join(folder, 'profile')}`]
  const html = execFileSync(chrome ?? '', [...flags, '--dump-dom', pathToFileURL(page).href], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: 90_000,
  })
  return /<p>([^<]*)<\/p>/.exec(html)?.[1] ?? html.slice(0, 2000)
}

const laws = `
import { grpo, paGrpo } from './advantage/index.ts'
import { items, stage } from './flow/index.ts'
import { advantageLaws, brokenLaws, paGrpoPromises } from './laws/index.ts'
import { accuracy } from './reward/index.ts'

const broken = normaliser =>
  brokenLaws(advantageLaws(normaliser, paGrpoPromises, ['perception', 'reasoning']), { seed: 1 }).length
const doubled = []
items([1, 2]).pipe(stage.pure({ name: 'double', item: String }, n => 2 * n)).subscribe(item => doubled.push(item.right))
const seen = {
  laws: advantageLaws(paGrpo(), paGrpoPromises, ['perception', 'reasoning']).length,
  paGrpo: broken(paGrpo()),
  grpo: broken(grpo({ reward: 'reasoning' })),
  doubled,
  accuracy: accuracy()('numerical')('2', '2').right,
}
document.querySelector('p').textContent = JSON.stringify(seen)
`

describe.skipIf(chrome === undefined)('in Chromium, headless', () => {
  test("PA-GRPO's laws hold, GRPO breaks some of them, a pipeline and a reward run", { timeout: 120_000 }, async () => {
    const told = pageAfter(await bundled(laws))
    expect(told).toMatch(/^\{/)
    const { laws: count, paGrpo, grpo, doubled, accuracy } = JSON.parse(told)
    expect(count).toBeGreaterThan(5)
    expect(paGrpo).toBe(0)
    expect(grpo).toBeGreaterThan(0)
    expect(doubled).toEqual([2, 4])
    expect(accuracy).toBe(1)
  })
})
