import { either as E } from 'fp-ts'
import { policyTable } from 'kinograd/recipe'
import { renderReport, tableText } from 'kinograd/run'
import { describe, expect, it } from 'vitest'
import { videop2rSummary } from '../../examples/videop2r/summary.ts'
import { recipeSections } from '../../src/recipe/page/sections.ts'
import { exampleSummary } from './example-summary.ts'

describe('the summary of the main job', () => {
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
    const table = tableText(policyTable(exampleSummary))
    const lines = table.split('\n')
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80)
    expect(lines.find(line => line.includes(' accuracy '))).toMatch(/0\.100.*0\.200.*0\.300.*0\.560.*0\.570/)
    expect(lines.find(line => line.includes('   numerical '))).toMatch(/0\.050.*0\.100/)
    expect(lines.find(line => line.includes('equal-reward groups'))).toMatch(/–.*–.*0\.350.*0\.350.*0\.350/)
  })

  it('is a page with every part', async () => {
    const page = await renderReport('r', recipeSections(exampleSummary))
    expect(page.match(/<svg/g)?.length).toBe(7)
    for (const said of [
      'PA-GRPO',
      '<b>0.570</b>',
      'Sufficient observations',
      'share of groups',
      'Reward of perception',
      'problem type',
      '80.0 %',
      '1 min 03 s',
      'seed',
    ])
      expect(page, said).toContain(said)
    expect(page).not.toMatch(/NaN|undefined|Infinity/)
    // Only accuracies are compared in bold: the best of a rate of well-formed outputs is none.
    const bold = [...page.matchAll(/<th scope="row"[^>]*>([^<]*)<\/th>[\s\S]*?<\/tr>/g)]
    expect(bold.filter(([row]) => row.includes('<b>')).map(([, name]) => name)).toEqual([
      'accuracy',
      'multiple choice',
      'numerical',
    ])
  })
})
