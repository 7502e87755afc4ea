import { readFile, rm } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'
import { orThrow } from 'kinograd/flow'
import { openRun, type RolloutRow, writeReport } from 'kinograd/run'
import { type Browser, chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { accessFaults, browserPath, quiet, surplusWidth } from './browser.ts'
import { madeRun, numbers } from './made-run.ts'

/** A pipeline that kinograd knows nothing of: three processes, metrics under names of its own, two arms after a warm-up. */
const processes = ['spot', 'order', 'tell']
const random = numbers(11)
const some = (least: number) => least + random()

const rowOf = (phase: string, step: number, place: number): RolloutRow => ({
  phase,
  step,
  place,
  id: `item-${step % 5}`,
  problem: 'Which came first?',
  problemType: step % 2 === 0 ? 'ordering' : 'spotting',
  completion: processes.join(' '),
  rewards: Object.fromEntries(processes.map(process => [process, Math.round(random())])),
  advantages: Object.fromEntries(processes.map(process => [process, random() - 0.5])),
  segments: processes.map((process, at) => ({
    process,
    text: `${process}…`,
    tokens: Array.from({ length: at + 2 }, () => process),
    advantage: random() - 0.5,
  })),
  ...(place === 0 ? { malformed: { at: 3, why: 'no order is given' } } : {}),
})

const makeRun = async (): Promise<string> => {
  const directory = await madeRun(['warm-up', 'arm A', 'arm B'], 60, (phase, step) =>
    phase === 'warm-up'
      ? { values: { 'ce loss': some(1) }, rows: [] }
      : {
          values: Object.fromEntries([
            ...processes.map(process => [`${process}.hits`, some(0)] as const),
            ...processes.map(process => [`mean ${process} size`, some(3)] as const),
            ['same_rollouts/grpo/constant_groups', some(0)] as const,
            ['same_rollouts/pa_grpo/constant_groups', some(0) / 3] as const,
            ['same_rollouts/pa_grpo/constant_groups/tell', some(0) / 2] as const,
            ['same_rollouts/pa_grpo/tell/advantage_variance', some(0)] as const,
          ]),
          rows: [0, 1, 2].map(place => rowOf(phase, step, place)),
        },
  )
  const run = orThrow(await openRun({ directory, config: { seed: 1 }, resume: true })())
  const failures = [
    ['Unclear', 'ask', 3],
    ['Unclear', 'judge', 2],
    ['NotAVideo', 'decode', 1],
  ] as const
  for (const [tag, stage, times] of failures)
    for (let item = 0; item < times; item++) {
      const row = {
        phase: 'arm A',
        item: `item-${item}`,
        tag,
        stage,
        cause: `${tag} at ${stage}`,
        remedy: `mend ${stage}`,
      }
      orThrow(await run.failure(row)())
    }
  orThrow(await run.metrics({ phase: 'exam', step: 0, values: { 'points of arm A': 7.25 } })())
  await run.close()
  return directory
}

describe('the page of a pipeline of one’s own', () => {
  let directory = ''
  let html = ''
  let browser: Browser
  beforeAll(async () => {
    if (browserPath !== undefined) browser = await chromium.launch({ executablePath: browserPath, args: quiet })
    directory = await makeRun()
    html = await readFile(orThrow(await writeReport(directory)()), 'utf8')
  }, 180_000)
  afterAll(async () => {
    await browser?.close()
    await rm(directory, { recursive: true, force: true })
  })
  const section = (title: string): string => {
    const at = html.indexOf(`<h2>${title}</h2>`)
    expect(at, title).toBeGreaterThan(0)
    return html.slice(at, html.indexOf('</section>', at))
  }
  const charts = (title: string): number => section(title).match(/<svg/g)?.length ?? 0

  test('draws every metric: arms in one chart, a chart a process, smoothed over pale points, which it says', () => {
    const arms = section('Metrics of arm A, arm B')
    expect(charts('Metrics of arm A, arm B')).toBe(6)
    for (const process of processes) expect(arms).toContain(`>${process}.hits<`)
    for (const name of ['arm A', 'arm B']) expect(arms).toContain(`>${name}<`)
    expect(arms.match(/>mean of 5 points over pale points</g)?.length).toBe(6)
    expect(section('Metrics of warm-up')).toContain('>ce loss<')
    expect(section('Metrics of exam')).toContain('7.25')
  })

  test('shows collapse on the same rollouts, lengths by process, rewards by type', () => {
    const collapse = section('Collapse on the same rollouts')
    for (const said of ['GRPO, rewards summed', 'PA-GRPO: tell', 'arm B: advantage_variance'])
      expect(collapse).toContain(said)
    expect(html).not.toContain('>same_rollouts/')
    expect(charts('Lengths by process')).toBe(2)
    expect(charts('Reward by type of question')).toBe(2)
    expect(section('Reward by type of question')).toContain('>ordering<')
  })

  test('shows failures by kind and stage, the most frequent first, each with an example and what to do', () => {
    const rows = [
      ...section('Failures').matchAll(
        /<th scope="row">(\w+)<\/th><td>(\w+)<\/td><td>arm A<\/td><td class="number">(\d)/g,
      ),
    ]
    expect(rows.map(([, ...cells]) => cells)).toEqual([
      ['Unclear', 'ask', '3'],
      ['Unclear', 'judge', '2'],
      ['NotAVideo', 'decode', '1'],
    ])
    expect(section('Failures')).toContain('<td>item-0: Unclear at judge</td><td>mend judge</td>')
  })

  test('has a table of contents, each of whose links leads somewhere', () => {
    const links = [...html.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id)
    expect(links.length).toBeGreaterThan(7)
    for (const id of links) expect(html.match(new RegExp(`id="${id}"`, 'g'))?.length).toBe(1)
  })

  describe.skipIf(browserPath === undefined)('in a browser (skipped where there is no Chromium)', () => {
    test.each([
      ['a wide window', { viewport: { width: 1200, height: 900 } }],
      ['a phone in the dark', { viewport: { width: 375, height: 800 }, colorScheme: 'dark' as const }],
    ])(
      'on %s nothing is cut off and no serious fault of access is found',
      async (_, options) => {
        const page = await (await browser.newContext(options)).newPage()
        await page.goto(pathToFileURL(`${directory}/report.html`).href)
        await page.waitForSelector('#groups .group')
        expect(await surplusWidth(page)).toBeLessThanOrEqual(0)
        expect(await accessFaults(page)).toEqual([])
        await page.getByLabel('with one that is').selectOption('malformed')
        expect(await page.textContent('.group')).toContain('no order is given')
      },
      60_000,
    )
  })
})
