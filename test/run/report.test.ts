import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { either as E } from 'fp-ts'
import {
  openRun,
  policyTable,
  type ReportData,
  type RolloutRow,
  renderReport,
  videop2rSummary,
  writeReport,
} from 'kinograd/run'
import { describe, expect, it } from 'vitest'
import { exampleSummary } from './example-summary.ts'

const hostile = `"><script>alert(1)</script><img src=x onerror=alert(2)>'&\u0000javascript:alert(3)`
const rollout: RolloutRow = {
  phase: hostile,
  step: 3,
  id: hostile,
  problem: hostile,
  problemType: hostile,
  answer: hostile,
  completion: hostile,
  rewards: { [hostile]: 1, reasoning: null },
  advantages: { [hostile]: -0.5 },
  segments: [
    { process: hostile, text: hostile },
    { process: null, text: hostile },
  ],
  sheet: `${hostile}`,
}
const failure = {
  time: 1,
  phase: hostile,
  item: hostile,
  stage: hostile,
  tag: hostile,
  cause: hostile,
  remedy: hostile,
}
const { grpo, paGrpo } = exampleSummary.runs
const worst: ReportData = {
  name: hostile,
  config: { [hostile]: hostile },
  rollouts: [rollout],
  failures: [failure],
  failureCounts: { [hostile]: 1 },
  summary: {
    ...exampleSummary,
    preset: hostile,
    seconds: { [hostile]: 1, total: 1 },
    policies: { ...exampleSummary.policies, [hostile]: exampleSummary.policies.base },
    runs: { [hostile]: { ...grpo, rewardMean: [{ [hostile]: 1 }, { [hostile]: 2 }] }, paGrpo },
  },
}

describe('report', () => {
  it('is one page that asks for nothing, with every part', async () => {
    const page = await renderReport({
      name: 'r',
      config: { seed: 7 },
      rollouts: [],
      failures: [],
      failureCounts: {},
      summary: exampleSummary,
    })
    expect(page.match(/<svg/g)?.length).toBe(7)
    for (const said of [
      'PA-GRPO',
      '0.570',
      'Sufficient observations',
      'share of groups',
      'Reward of perception',
      'problem type',
      '80.0 %',
      '1 min 03 s',
      'seed',
    ])
      expect(page, said).toContain(said)
    expect(page).not.toMatch(/<script|<link|<iframe|@import|url\(/i)
    const addresses = [...page.matchAll(/(?:src|href)="([^"]*)"/g)].map(found => found[1])
    expect(
      addresses.filter(address => !address?.startsWith('data:') && !address?.startsWith('http://www.w3.org/')),
    ).toEqual([])
    expect(page).toContain('content="default-src &#39;none&#39;;')
    expect(page).not.toMatch(/NaN|undefined|Infinity/)
  })

  it('nothing hostile becomes markup, in text, attributes or figures', async () => {
    const page = await renderReport(worst)
    expect(page).not.toMatch(/<script|<img src=x|onerror=alert\(2\)>'/)
    expect(page).not.toContain('\u0000')
    expect(page.match(/<img /g)).toBe(null)
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;')
    const opened = page.match(/<(?!!)[a-z0-9]+/gi) ?? []
    const allowed =
      /^<(html|head|meta|title|style|body|h[1-3]|p|small|b|i|table|thead|tbody|tr|th|td|code|ul|li|div|figure|article|span|svg|g|path|text|rect|defs|clipPath|line|tspan)$/i
    expect([...new Set(opened)].filter(tag => !allowed.test(tag))).toEqual([])
  })

  it('shows contact sheets, and only such as are base64', async () => {
    const page = await renderReport({ ...worst, rollouts: [{ ...rollout, sheet: '/9j/4AAQ==' }] })
    expect(page).toContain('src="data:image/jpeg;base64,/9j/4AAQ=="')
  })

  it('is made of a run folder, finished or not', async () => {
    const root = await mkdtemp(join(tmpdir(), 'kinograd-report-'))
    const directory = join(root, 'my-run')
    expect(await writeReport(directory)()).toMatchObject({ left: { _tag: 'CannotRead' } })
    const run = await openRun({ directory, config: { seed: 1 }, resume: false, env: {} })()
    if (E.isLeft(run)) throw new Error(run.left.cause)
    await run.right.rollouts(
      Array.from({ length: 200 }, (_, step) => ({ ...rollout, phase: 'rl', step, id: String(step) })),
    )()
    await run.right.failure({ ...failure, tag: 'NotAVideo' })()
    expect(await writeReport(directory)()).toEqual(E.right(join(directory, 'report.html')))
    const early = await readFile(join(directory, 'report.html'), 'utf8')
    expect(early).toContain('not finished')
    expect(early).toContain('NotAVideo: 1')
    await run.right.summary(exampleSummary)()
    await run.right.close()
    await writeReport(directory)()
    expect(await readFile(join(directory, 'report.html'), 'utf8')).toContain('What each policy reached')
    await rm(root, { recursive: true })
  })
})

describe('summary', () => {
  it('has one description', () => {
    expect(videop2rSummary.decode(JSON.parse(JSON.stringify(exampleSummary)))).toEqual(E.right(exampleSummary))
    const { grpo: _, ...less } = exampleSummary.policies
    for (const wrong of [
      { ...exampleSummary, policies: less },
      {
        ...exampleSummary,
        policies: { ...exampleSummary.policies, sft: { ...exampleSummary.policies.sft, accuracy: 57 } },
      },
      { ...exampleSummary, seconds: { sft: 1 } },
      { ...exampleSummary, seed: '1' },
    ])
      expect(E.isLeft(videop2rSummary.decode(wrong))).toBe(true)
  })

  it('is printed as a table that fits 80 columns', () => {
    const table = policyTable(exampleSummary)
    const lines = table.split('\n')
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80)
    expect(lines.find(line => line.includes(' accuracy '))).toMatch(/0\.100.*0\.200.*0\.300.*0\.560.*0\.570/)
    expect(lines.find(line => line.includes('equal-reward groups'))).toMatch(/–.*–.*0\.350.*0\.350.*0\.350/)
    expect(table).not.toContain('\u001b')
  })
})
