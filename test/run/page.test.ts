import { execFileSync } from 'node:child_process'
import { readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { orThrow } from 'kinograd/flow'
import { writeReport } from 'kinograd/run'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { accessFaults, browserPath, quiet, surplusWidth } from './browser.ts'
import { madeRow, madeRun, numbers } from './made-run.ts'

const long = process.env.KINOGRAD_FUZZ_RUNS !== undefined
const steps = long ? 2000 : 60

test('the script in the source is what its parts make', () =>
  expect(execFileSync('node', ['.ci/bundle-page.js', '--check'], { encoding: 'utf8' })).toBe(''))

const random = numbers(3)
const words = (count: number) =>
  Array.from({ length: count }, () => [' a', ' ball', ' red', ' moves'][Math.floor(random() * 4)]!)
const evil = '</script><img src=x onerror="document.title=1">'

/** Groups of four with long observations, one malformed, one unscored, one whose words would end the script. */
const makeRun = () =>
  madeRun(['GRPO', 'PA-GRPO'], steps, (phase, step) => ({
    values: { loss: random(), 'rewards/perception/mean': random(), 'rewards/reasoning/mean': random() },
    rows: Array.from({ length: 4 }, (_, place) => {
      const tokens = ['<observation>', ...words(long ? 300 : 30), place === 1 ? evil : '', '</observation>']
      return madeRow({
        phase,
        step,
        place,
        problemType: step % 2 === 0 ? 'OCR' : 'numerical',
        rewards: { perception: place % 2, reasoning: step === 3 && place === 0 ? null : 1 },
        segments: [{ process: 'perception', text: tokens.join(''), tokens, advantage: place % 2 ? 1 : -1 }],
        notes: { perception: `said of ${place}` },
        ...(step === 5 && place === 2 ? { malformed: { at: 13, why: 'at 13: no <think>' } } : {}),
        ...(place === 0 ? { sheet: '/9j/AAAA' } : {}),
      })
    }),
  }))

describe('the page of a run', () => {
  let directory = ''
  let path = ''
  let html = ''
  let browser: Browser
  beforeAll(async () => {
    directory = await makeRun()
    path = orThrow(await writeReport(directory)())
    html = await readFile(path, 'utf8')
    if (browserPath !== undefined) browser = await chromium.launch({ executablePath: browserPath, args: quiet })
  }, 120_000)
  afterAll(async () => {
    await browser?.close()
    await rm(directory, { recursive: true, force: true })
  })

  test('holds its groups as data that no text in them can leave', () => {
    expect(html).not.toContain(evil)
    expect(html.match(/<\/script>/g)?.length).toBe(2)
    expect(html).toMatch(/script-src &#39;sha256-[A-Za-z0-9+/]{43}=&#39;/)
  })

  test('is small', async () => expect((await stat(path)).size).toBeLessThan(20_000_000))

  describe.skipIf(browserPath === undefined)('in a browser (skipped where there is no Chromium)', () => {
    const logged: string[] = []
    const open = async (options: Parameters<Browser['newContext']>[0] = {}): Promise<Page> => {
      const page = await (await browser.newContext(options)).newPage()
      page.on('pageerror', error => logged.push(error.message))
      page.on('request', request => {
        if (!/^(file|data):/.test(request.url())) logged.push(request.url())
      })
      await page.goto(pathToFileURL(join(directory, 'report.html')).href)
      await page.waitForSelector('#groups .group')
      return page
    }
    const found = async (page: Page) => Number.parseInt((await page.textContent('#groups [aria-live]')) ?? '', 10)
    test('opens in three seconds, says nothing on the console and asks the network for nothing', async () => {
      // The first one waits for the browser itself, and a busy machine for its turn: the quickest of four is the page's own time.
      let quickest = Number.POSITIVE_INFINITY
      for (let time = 0; time < 4; time++) {
        const begun = Date.now()
        const page = await open()
        quickest = Math.min(quickest, Date.now() - begun)
        expect(await page.title()).toContain('kinograd')
        await page.context().close()
      }
      expect(quickest).toBeLessThan(3000)
      expect(logged).toEqual([])
    }, 180_000)

    test('shows a group whole: frames, completions, tokens by advantage, rewards in parts, what was said', async () => {
      const page = await open()
      const text = await page.textContent('.group')
      for (const word of ['How many balls?', 'right answer: 2', 'Completion 4', 'accuracy 1.00', '+0.50', 'said of 3'])
        expect(text).toContain(word)
      expect(await page.locator('.group .token').count()).toBeGreaterThan(100)
      expect(await page.locator('.group img').count()).toBe(1)
    }, 120_000)

    test('filters by phase, type, kind, reward, step and words; two policies stand side by side', async () => {
      const page = await open()
      const all = await found(page)
      await page.getByLabel('type').selectOption('OCR')
      expect(await found(page)).toBeLessThan(all)
      await page.getByLabel('type').selectOption('')
      await page.getByLabel('mean reward of').selectOption('perception')
      await page.getByLabel('at least').fill('0.6')
      await page.getByLabel('at least').blur()
      expect(await found(page)).toBe(0)
      await page.getByLabel('at least').fill('0.4')
      await page.getByLabel('at least').blur()
      expect(await found(page)).toBe(all)
      if (!long) {
        await page.getByLabel('with one that is').selectOption('malformed')
        expect(await found(page)).toBe(1)
        expect(await page.textContent('.group')).toContain('no <think>')
        await page.getByLabel('with one that is').selectOption('unscored')
        expect(await found(page)).toBe(1)
        await page.getByLabel('with one that is').selectOption('')
      }
      await page.getByLabel('with the words').fill('clip-3')
      expect(await found(page)).toBeGreaterThan(0)
      await page.getByLabel('beside it').selectOption('PA-GRPO')
      expect(await page.locator('.group').count()).toBe(2)
    }, 180_000)

    test('is walked by the keyboard', async () => {
      const page = await open()
      await page.locator('.list button').first().focus()
      await page.keyboard.press('ArrowDown')
      await page.keyboard.press('Enter')
      expect(await page.locator('.list li:nth-child(2) button').getAttribute('aria-pressed')).toBe('true')
    }, 120_000)

    test.each([
      ['a wide window', { viewport: { width: 1200, height: 900 } }],
      ['a phone in the dark', { viewport: { width: 375, height: 800 }, colorScheme: 'dark' as const }],
    ])(
      'on %s nothing is cut off and no serious fault of access is found',
      async (_, options) => {
        const page = await open(options)
        expect(await surplusWidth(page)).toBeLessThanOrEqual(0)
        expect(await accessFaults(page)).toEqual([])
      },
      60_000,
    )
  })
})
