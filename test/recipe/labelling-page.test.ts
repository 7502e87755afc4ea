import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { judgeAgreementCommand } from '../../src/cli/judge-agreement.ts'
import { question, writeMedia } from './annotate-world.ts'

const browserPath = ['/usr/bin/chromium', '/usr/bin/google-chrome', process.env.CHROMIUM ?? ''].find(existsSync)
const quiet = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
]
const evil = '</script><img src=x onerror="document.title=1">'
const judgements = 120

let root = ''
let browser: Browser
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'labelling-'))
  await writeMedia(root, 3, 1)
  const lines = Array.from({ length: judgements }, (_, n) => ({
    ...{ at: n, id: String(n), question: question(n), options: n % 3 === 0 ? ['A. one', 'B. two'] : [], answer: 'B' },
    observation: n % 4 === 0 ? evil : `I see ${n} boxes, one over the other, and behind them a wall of bricks.`,
    ...{
      path: n % 10 === 9 ? './clips/none.mp4' : `./clips/${n % 3}.mp4`,
      data_type: 'video',
      problem_type: 'numerical',
    },
    ...{ verdicts: { claude: n % 3 !== 0, llama: n % 2 === 0 }, reasons: { claude: 'It names the boxes.' } },
  }))
  await writeFile(join(root, 'cot.judgements.jsonl'), lines.map(line => `${JSON.stringify(line)}\n`).join(''))
  if (browserPath !== undefined) browser = await chromium.launch({ executablePath: browserPath, args: quiet })
}, 180_000)
afterAll(async () => {
  await browser?.close()
  await rm(root, { recursive: true, force: true })
})

const kinograd = async (...args: readonly string[]) => {
  const said: string[] = []
  const say = (line: string) => void said.push(line)
  const code = await judgeAgreementCommand.run(args, { out: say, err: say, env: {}, cwd: root })
  return { code, said: said.join('\n') }
}
const file = () => join(root, 'cot.judgements.html')

test('a page of 100 sampled judgements has frames, and no text of them can leave its place', async () => {
  const { code, said } = await kinograd('cot.judgements.jsonl', '--page')
  expect(code).toBe(0)
  expect(said).toMatch(/have no frames; the first: .*none\.mp4/)
  expect(said).toContain('100 judgements to label: open cot.judgements.html')
  const html = await readFile(file(), 'utf8')
  expect(html).not.toContain(evil)
  expect(html.match(/<\/script>/g)?.length).toBe(2)
  expect(html).toMatch(/default-src 'none'|default-src &#39;none&#39;/)
  expect((await stat(file())).size).toBeLessThan(20_000_000)
  const first = html
  await kinograd('cot.judgements.jsonl', '--page')
  expect(await readFile(file(), 'utf8')).toBe(first)
}, 120_000)

describe.skipIf(browserPath === undefined)('in a browser (skipped where there is no Chromium)', () => {
  const logged: string[] = []
  const open = async (options: Parameters<Browser['newContext']>[0] = {}): Promise<Page> => {
    const page = await (await browser.newContext(options)).newPage()
    page.on('pageerror', error => logged.push(error.message))
    page.on('console', message => logged.push(message.text()))
    page.on('request', request => {
      if (!/^(file|data|blob):/.test(request.url())) logged.push(request.url())
    })
    await page.goto(pathToFileURL(file()).href)
    await page.waitForSelector('#labelling article')
    return page
  }
  const saved = async (page: Page, name: string) => {
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name }).click()])
    await download.saveAs(join(root, download.suggestedFilename()))
    return download.suggestedFilename()
  }

  test('a person labels with keys, comes back, saves, loads, and the command reads what was saved', async () => {
    const page = await open()
    expect(await page.textContent('article')).not.toContain('It names the boxes')
    for (const key of ['y', 'n', 'u', 'ArrowLeft', 'ArrowLeft', 'Y']) await page.keyboard.press(key)
    expect(await page.textContent('main')).toContain('3 of 100 labelled')
    expect(await page.textContent('[aria-live]')).toContain('Yes for judgement 2')
    await page.keyboard.press('Backspace')
    expect(await page.textContent('main')).toContain('2 of 100 labelled')
    await page.reload()
    await page.waitForSelector('#labelling article')
    expect(await page.textContent('main')).toContain('2 of 100 labelled')
    expect(await page.textContent('.steps')).toContain('3 of 100')
    await page.getByRole('button', { name: 'judgement 3, not labelled' }).click()
    for (let n = 0; n < 98; n++) await page.keyboard.press(n % 3 === 0 ? 'n' : 'y')
    await page.getByRole('button', { name: 'judgement 100' }).click()
    await page.getByRole('button', { name: 'Unsure u' }).click()
    expect(await page.textContent('main')).toContain('100 of 100 labelled')
    await page.getByLabel('Show what the judges said').check()
    expect(await page.textContent('article')).toContain('claude')

    const csv = await saved(page, 'Save as CSV')
    const jsonl = await saved(page, 'Save as JSONL')
    const [fromCsv, fromJsonl] = [await kinograd(csv), await kinograd(jsonl)]
    expect(fromCsv.code).toBe(0)
    expect(fromCsv.said).toMatch(/A person labelled \d+ .* and was unsure of [12]\./)
    expect(fromCsv.said).toMatch(/claude +│/)
    expect(fromJsonl.said).toBe(fromCsv.said)

    const other = await open()
    await other.getByLabel('Load labels').setInputFiles(join(root, csv))
    // By locators: the page's policy forbids a function that is handed over as text.
    await other.locator('main', { hasText: '100 of 100 labelled' }).waitFor()
    expect(logged).toEqual([])
  }, 120_000)

  test.each([
    ['a wide window', { viewport: { width: 1200, height: 900 } }],
    ['a phone in the dark', { viewport: { width: 375, height: 800 }, colorScheme: 'dark' as const }],
  ])(
    'on %s nothing is cut off and no serious fault of access is found',
    async (name, options) => {
      const page = await open(options)
      for (const key of ['y', 'n', 'u', 'ArrowLeft']) await page.keyboard.press(key)
      await page.getByLabel('Show what the judges said').check()
      expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0)
      const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
      await page.evaluate(axe)
      const faults = await page.evaluate(
        `axe.run().then(({ violations }) => violations.filter(v => v.impact === 'serious' || v.impact === 'critical').map(v => v.id + ' ' + v.nodes[0].html))`,
      )
      if (process.env.KINOGRAD_SHOTS !== undefined)
        await page.screenshot({
          path: join(process.env.KINOGRAD_SHOTS, `${name.replaceAll(' ', '-')}.png`),
          fullPage: true,
        })
      expect(faults).toEqual([])
    },
    60_000,
  )
})
