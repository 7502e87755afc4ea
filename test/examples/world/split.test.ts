import { describe, expect, test } from 'vitest'
import { planWorld, type splits } from '../../../examples/videop2r/world/index.ts'

const sizes = {
  'train-sft': { clips: 800, questions: 6 },
  'train-rl': { clips: 640, questions: 1 },
  dev: { clips: 200, questions: 1 },
  test: { clips: 1500, questions: 1 },
}
const plans = planWorld({ seed: 1, sizes })
const of = (split: (typeof splits)[number]) => plans.filter(plan => plan.split === split)

describe('the plan of a world', () => {
  test('ids run from 1 without a gap; no clip, path or scene is in two splits', () => {
    const ids = plans.flatMap(plan => plan.records.map(record => record.problem_id))
    expect(ids).toEqual(Array.from({ length: 800 * 6 + 640 + 200 + 1500 }, (_, i) => i + 1))
    expect(new Set(plans.map(plan => plan.path)).size).toBe(plans.length)
    expect(new Set(plans.map(plan => JSON.stringify(plan.scene))).size).toBe(plans.length)
  })

  test('the same seed gives the same plan, another one another plan', () => {
    expect(planWorld({ seed: 1, sizes })).toEqual(plans)
    expect(planWorld({ seed: 2, sizes }).map(p => p.scene)).not.toEqual(plans.map(p => p.scene))
  })

  test('a clip does not depend on how many clips other splits have', () => {
    const more = planWorld({ seed: 1, sizes: { ...sizes, 'train-sft': { clips: 3, questions: 6 } } })
    expect(more.filter(p => p.split === 'test').map(p => p.scene)).toEqual(of('test').map(p => p.scene))
  })

  test('records are Video-R1 records', () => {
    for (const { records, path } of plans)
      for (const record of records) {
        expect(Object.keys(record)).toEqual([
          'problem_id',
          'problem',
          'data_type',
          'problem_type',
          'options',
          'solution',
          'path',
          'data_source',
        ])
        expect(record.path).toBe(path)
        expect(record.path.startsWith('./')).toBe(true)
        expect(record.solution).toMatch(/^<answer>[^<]+<\/answer>$/)
        expect(record.options.length > 0).toBe(record.problem_type === 'multiple choice')
      }
  })

  test('questions of one clip differ', () => {
    const twice = of('train-sft').filter(p => new Set(p.records.map(r => r.problem)).size < p.records.length)
    expect(twice.length).toBe(0)
  })

  test('held-out splits and the RL split ask three operands of three objects; each other problem type has its share', () => {
    for (const split of ['train-rl', 'dev', 'test'] as const)
      for (const { scene, records } of of(split)) {
        expect(scene.objects.length).toBe(3)
        for (const { problem, data_source } of records)
          if (data_source === 'micro-world/steps') expect(problem.split(/plus|minus/).length).toBe(3)
      }
    const test1500 = of('test').flatMap(plan => plan.records)
    for (const type of ['multiple choice', 'OCR', 'free-form', 'regression']) {
      const share = test1500.filter(record => record.problem_type === type).length / 1500
      expect(Math.abs(share - 0.05)).toBeLessThan(4.5 * Math.sqrt((0.05 * 0.95) / 1500))
    }
  })

  test('objects appear one after the other only where nothing stepped is asked', () => {
    for (const { scene, records } of plans)
      if (scene.objects.some(o => o.appears > 1))
        expect(records.every(record => record.data_source !== 'micro-world/steps')).toBe(true)
  })

  test('chance on stepped questions is near one in ten', () => {
    const answers = of('test')
      .flatMap(p => p.records)
      .filter(r => r.data_source === 'micro-world/steps')
      .map(r => r.solution)
    const counts = new Map<string, number>()
    for (const answer of answers) counts.set(answer, (counts.get(answer) ?? 0) + 1)
    expect(counts.size).toBe(10)
    expect(Math.max(...counts.values()) / answers.length).toBeLessThan(0.15)
  })
})
