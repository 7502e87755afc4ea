import { appendFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { either as E } from 'fp-ts'
import {
  figureSvg,
  openRun,
  type ReportTable,
  type RolloutRow,
  type Run,
  renderReport,
  type Section,
  tableText,
  writeReport,
} from 'kinograd/run'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fc, test } from '../property.ts'

const numRuns = Number(process.env.KINOGRAD_FUZZ_RUNS ?? 30)
const hostile = `"><script>alert(1)</script><img src=x onerror=alert(2)>'&\u0000javascript:alert(3)`

/** Rows and sections in which every word is `word`. */
const rolloutOf = (word: string): RolloutRow => ({
  phase: word,
  step: 3,
  id: word,
  problem: word,
  problemType: word,
  answer: word,
  completion: word,
  rewards: { [word]: 1, reasoning: null },
  advantages: { [word]: -0.5 },
  segments: [
    { process: word, text: word },
    { process: null, text: word },
  ],
  sheet: word,
})
const failureOf = (word: string) => ({ phase: word, item: word, stage: word, tag: word, cause: word, remedy: word })
const axesOf = (word: string) => ({ title: word, x: word, y: word, colours: { [word]: '#0072b2' } })
const sectionsOf = (word: string): readonly Section[] => [
  { parts: [{ kind: 'facts', facts: [[word, word]] }] },
  {
    title: word,
    parts: [
      { kind: 'text', text: word },
      { kind: 'text', text: word, small: true },
      { kind: 'settings', settings: [[word, word]] },
      {
        kind: 'table',
        columns: [{ title: word }, { title: word, align: 'right' }],
        rows: [
          { name: word, cells: [word] },
          { name: word, depth: 1, cells: [{ text: word, bold: true }] },
          { name: word, depth: 9, total: true, cells: [{ bar: 0.5 }] },
        ],
        wrap: true,
      },
      {
        kind: 'figures',
        fold: word,
        figures: [
          { kind: 'lines', ...axesOf(word), points: [1, 2].map(x => ({ series: word, x, y: x })), smooth: 3 },
          {
            kind: 'bars',
            ...axesOf(word),
            bars: [
              { group: word, series: word, value: 1 },
              { group: word, series: 'b', value: 2 },
            ],
            order: [word, 'b'],
          },
        ],
      },
      { kind: 'rollouts', rollouts: [rolloutOf(word)] },
      { kind: 'failures', counts: { [word]: 2 }, failures: [{ time: 1, ...failureOf(word) }] },
    ],
  },
]

const allowed =
  /^<(html|head|meta|title|style|body|main|nav|section|a|h[1-3]|p|small|b|i|table|thead|tbody|tr|th|td|code|ul|li|div|details|summary|figure|figcaption|article|span|img|svg|g|path|text|rect|defs|clipPath|line|tspan)$/i

/** The data and the script of the browser of groups, which are the only ones, come last. */
const ownScripts =
  /<script type="application\/json" id="groups-data">[^<]*<\/script>\n<script>"use strict";[\s\S]*?<\/script>\n(?=<\/body>)/

const isClosed = (whole: string): void => {
  const page = whole.replace(ownScripts, '')
  expect(page).not.toMatch(/<script|<link|<iframe|@import|url\(\s*["']?(?!#)/i)
  expect([...new Set(page.match(/<(?!!)[a-z0-9]+/gi) ?? [])].filter(tag => !allowed.test(tag))).toEqual([])
  const addresses = [...page.matchAll(/(?:src|href)="([^"]*)"/g)].map(found => found[1] ?? '')
  expect(
    addresses.filter(
      to =>
        !/^#s-[\da-f]{12}(-\d+)?$|^#s-groups$/.test(to) &&
        !to.startsWith('data:') &&
        !to.startsWith('http://www.w3.org/'),
    ),
  ).toEqual([])
  expect(page).toContain('content="default-src &#39;none&#39;;')
}

const right = <A>(given: E.Either<{ readonly cause: string }, A>): A => {
  if (E.isLeft(given)) throw new Error(given.left.cause)
  return given.right
}

describe('a page of sections', () => {
  it('shows every kind of part and asks for nothing', async () => {
    const page = await renderReport('r', sectionsOf('words'))
    isClosed(page)
    expect(page.match(/<svg/g)?.length).toBe(2)
    for (const said of [
      '<p class="facts">words <b>words</b></p>',
      '<h2>words</h2>',
      '<small>words</small>',
      '<details><summary>words</summary>',
      '<th scope="row" class="inner d1">words</th><td class="number"><b>words</b></td>',
      '<tr class="total"><th scope="row" class="inner d4">words</th><td class="bar"><i style="width:50.0%">',
      '<span class="process p0">words</span>',
      '<li>words: 2</li>',
    ])
      expect(page).toContain(said)
  })

  it('nothing hostile becomes markup, in text, attributes or figures', async () => {
    const page = await renderReport(hostile, sectionsOf(hostile))
    isClosed(page)
    expect(page).not.toContain('\u0000')
    expect(page.match(/<img /g)).toBe(null)
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;')
  })

  test.prop(
    [
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.constantFrom(
          'constructor',
          '__proto__',
          'toString',
          '',
          '\n',
          'a\u2028b',
          '\\',
          'a\\',
          '"',
          'a" + 1 + "b',
          "'",
          '\\"',
        ),
      ),
    ],
    {
      numRuns,
    },
  )('any words at all make a closed page', async word => {
    isClosed(await renderReport(word, sectionsOf(word)))
  })

  it('shows contact sheets, and only such as are base64', async () => {
    const shown = async (sheet: string) =>
      renderReport('r', [{ parts: [{ kind: 'rollouts', rollouts: [{ ...rolloutOf('w'), sheet }] }] }])
    expect(await shown('/9j/4AAQ==')).toContain('src="data:image/jpeg;base64,/9j/4AAQ=="')
    expect(await shown('/9j/4A" onload="x')).not.toContain('<img')
  })

  it('shows an output that the template could not read as it is', async () => {
    const malformed = { ...rolloutOf('w'), completion: 'mumbled so', segments: [] }
    expect(await renderReport('r', [{ parts: [{ kind: 'rollouts', rollouts: [malformed] }] }])).toContain('mumbled so')
  })
})

const table: ReportTable = {
  kind: 'table',
  columns: [{ title: 'measure' }, { title: 'a', align: 'right' }, { title: 'b' }],
  rows: [
    { name: '  accuracy of a name with spaces', cells: ['1', { text: '2', bold: true }] },
    { name: 'numerical', depth: 1, cells: ['\u001b[31m3', { bar: 0.3 }] },
    { name: 'of two steps', depth: 2, cells: ['4', '5'] },
  ],
}

describe('a table', () => {
  it('is nested and bold as its data say, whatever its rows are called', async () => {
    const page = await renderReport('r', [{ parts: [table] }])
    expect(page).toContain('<th scope="row">  accuracy of a name with spaces</th><td class="number">1</td>')
    expect(page).toContain('<td><b>2</b></td>')
    expect(page).toContain('<th scope="row" class="inner d1">numerical</th>')
    expect(page).toContain('<th scope="row" class="inner d2">of two steps</th>')
    expect(page.match(/<b>/g)?.length).toBe(1)
  })

  it('is text for a terminal', () => {
    const lines = tableText(table).split('\n')
    expect(lines[3]).toMatch(/^│ {3}numerical +│ +\\u001b\[31m3 │ ▇▇▇ +│$/)
    expect(lines[4]).toMatch(/^│ {5}of two steps +│ +4 │ 5 +│$/)
    expect(tableText(table)).not.toContain('\u001b')
  })
})

describe('the page of a run folder', () => {
  let root = ''
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'kinograd-report-'))
  })
  afterAll(() => rm(root, { recursive: true }))

  const started = async (name: string): Promise<Run> =>
    right(await openRun({ directory: join(root, name), config: { seed: 1 }, resume: false, env: {} })())
  const pageOf = async ({ directory }: Run, sections?: readonly Section[]): Promise<string> => {
    const path = right(await writeReport(directory, sections)())
    expect(path).toBe(join(directory, 'report.html'))
    return readFile(path, 'utf8')
  }

  it('is refused where there is no run', async () => {
    expect(await writeReport(join(root, 'nothing'))()).toMatchObject({ left: { _tag: 'CannotRead' } })
  })

  it('of a pipeline of one’s own shows its metrics, processes and failures under their names, finished or not', async () => {
    const run = await started('own')
    const values = (step: number) => ({ 'iou/mean': step / 10, never: Number.NaN, fixed: 0.25 })
    for (const phase of ['warm', 'cold'])
      for (let step = 0; step < 30; step++) await run.metrics({ phase, step, values: values(step) })()
    for (let step = 0; step < 1000; step++)
      await run.metrics({ phase: 'other', step, values: { loss: 1 / (step + 1) } })()
    await run.rollouts(
      Array.from({ length: 200 }, (_, step) => ({
        phase: 'warm',
        step,
        id: String(step),
        completion: 'a box',
        rewards: { grounding: step },
        advantages: { grounding: 0.5 },
      })),
    )()
    for (const tag of ['NotAVideo', 'constructor']) await run.failure({ ...failureOf('w'), tag })()
    const early = await pageOf(run)
    isClosed(early)
    for (const said of [
      'not finished',
      'Metrics of warm, cold',
      '>iou/mean<',
      'The same at every step: fixed 0.25.',
      'Never a number: never.',
      'Metrics of other',
      '>loss<',
      '<span class="process p0">grounding</span>',
      '199.00',
      '136.00',
      '<th scope="row">NotAVideo</th>',
      '<th scope="row">constructor</th>',
    ])
      expect(early).toContain(said)
    expect(early.match(/<svg/g)?.length).toBe(3)
    expect(early.replace(ownScripts, '')).not.toMatch(/NaN|undefined|Infinity/)
    await run.summary({ boxes: { found: 3 } })()
    await run.close()
    const late = await pageOf(run)
    expect(late).not.toContain('not finished')
    expect(late).toContain('<th scope="row">boxes.found</th><td><code>3</code></td>')
  })

  it('of a run that was killed in its first moments, or in the middle of a line, shows what there is', async () => {
    const early = join(root, 'early')
    await mkdir(early)
    await writeFile(join(early, 'lock'), '1 elsewhere\n')
    const path = right(await writeReport(early)())
    expect(await readFile(path, 'utf8')).toContain('not finished')
    const run = await started('half')
    await run.metrics({ phase: 'p', step: 0, values: { loss: 1 } })()
    await run.close()
    await appendFile(join(run.directory, 'metrics.jsonl'), '{"time":1,"phase":"p","st')
    expect(await pageOf(run)).toContain('1 step')
    await appendFile(join(run.directory, 'metrics.jsonl'), '\n')
    expect(await writeReport(run.directory)()).toMatchObject({ left: { _tag: 'BadRow' } })
  })

  it('of hundreds of metrics draws sixty and says so', async () => {
    const run = await started('wide')
    for (const step of [0, 1])
      await run.metrics({
        phase: 'wide',
        step,
        values: Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`m${n}`, step + n])),
      })()
    await run.close()
    const page = await pageOf(run)
    expect(page.match(/<svg/g)?.length).toBe(60)
    expect(page).toContain('<details><summary>54 more</summary>')
    expect(page).toContain('240 more metrics are in metrics.jsonl')
  })

  it('keeps the sections it was given: written again it is the same', async () => {
    const run = await started('kept')
    await run.summary({ seed: 1 })()
    await run.close()
    const nothing = {
      kind: 'lines',
      title: 'lost',
      x: 'x',
      y: 'y',
      points: [{ series: 's', x: 1, y: Number.NaN }],
    } as const
    const given: readonly Section[] = [
      ...sectionsOf('mine'),
      { title: 'Failures', parts: [{ kind: 'text', text: 'told in my words' }] },
      { title: 'Lost', parts: [{ kind: 'figures', figures: [nothing] }] },
    ]
    const page = await pageOf(run, given)
    expect(page).toContain('told in my words')
    expect(page.match(/<h2>Failures<\/h2>/g)?.length).toBe(1)
    expect(page).not.toContain('<h2>Summary</h2>')
    expect(page.indexOf('<h2>mine</h2>')).toBeLessThan(page.indexOf('<h2>Settings</h2>'))
    expect(await pageOf(run)).toBe(page)
  })

  it('says which section is not as it should be, and keeps what was there', async () => {
    const run = await started('wrong')
    await run.close()
    const before = await pageOf(run, [{ title: 'good', parts: [] }])
    const red = { kind: 'lines', title: '', x: '', y: '', points: [], colours: { a: 'url(http://x)' } } as const
    expect(await writeReport(run.directory, [{ parts: [{ kind: 'figures', figures: [red] }] }])()).toMatchObject({
      left: { _tag: 'BadRow', cause: expect.stringMatching(/0\..*parts.*figures.*colours\.a/) },
    })
    expect(await pageOf(run)).toBe(before)
    await writeFile(join(run.directory, 'sections.json'), '{"title": 1}')
    expect(await writeReport(run.directory)()).toMatchObject({
      left: { _tag: 'BadRow', cause: expect.stringContaining('sections.json is not a list of sections') },
    })
  })

  it('never shows a secret of the environment', async () => {
    const run = await started('secret')
    await run.close()
    const key = `sk-ant-${'x'.repeat(24)}`
    expect(await pageOf(run, [{ parts: [{ kind: 'text', text: `key ${key}` }] }])).toContain('key [secret]')
    expect(await readFile(join(run.directory, 'sections.json'), 'utf8')).not.toContain(key)
  })
})

test('long names under bars stand in lines, and every name of a legend is whole', async () => {
  const order = ['accuracy', 'sufficient observation']
  const groups = ['full', 'process-agnostic RL, without R_P', 'constructor']
  const bars = groups.flatMap(group => order.map(series => ({ group, series, value: 1 })))
  const svg = await figureSvg({ kind: 'bars', title: 'Rows', x: '', y: 'share', bars, order })
  const texts = [...svg.matchAll(/>([^<>]+)<\/t(?:ext|span)>/g)].map(([, text]) => text?.replaceAll('\u2060', ''))
  expect(texts).toEqual(
    expect.arrayContaining(['full', 'process-agnostic', 'RL, without R_P', 'constructor', ...order]),
  )
})
