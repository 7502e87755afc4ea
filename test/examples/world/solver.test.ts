import { option as O } from 'fp-ts'
import { describe, expect, it } from 'vitest'
import { conclude, conclusion, observe } from '../../../examples/videop2r/world/chain.ts'
import { factsOf, readFacts, say } from '../../../examples/videop2r/world/facts.ts'
import { derive, faithful, mismatch, sufficient } from '../../../examples/videop2r/world/judge.ts'
import { readQuestion, sayQuestion } from '../../../examples/videop2r/world/question.ts'
import { toVideoRecord } from '../../../examples/videop2r/world/record.ts'
import { needs, solve } from '../../../examples/videop2r/world/solve.ts'
import { fc, test } from '../../property.ts'
import { questionsOf, recordOf, sceneOf } from './worlds.ts'

const numRuns = Number(process.env.KINOGRAD_FUZZ_RUNS ?? 100)
const scenes = fc.tuple(fc.nat(), fc.integer({ min: 1, max: 3 }), fc.boolean()).map(args => sceneOf(...args))

/** All questions of a scene with their records, facts and worked steps. */
const cases = (scene: ReturnType<typeof sceneOf>) =>
  questionsOf(scene).map(q => {
    const facts = factsOf(scene)
    const asked = needs(q).flatMap(about => facts.get(about) ?? [])
    const solved = O.toUndefined(solve(q, facts))
    return { q, asked, record: toVideoRecord(recordOf(scene, q)), solved }
  })
const detailed = (n: number) => Array.from({ length: n }, () => false)

describe('the solver, which is judge, teacher and metric', () => {
  test.prop([scenes], { numRuns })('a clean chain of every family leads to the gold answer', scene => {
    for (const { asked, record, solved } of cases(scene)) {
      const observation = observe(asked, detailed(asked.length))
      expect(sufficient(record, observation)).toBe(true)
      expect(faithful(record, observation, record.answer)).toBe(true)
      expect(mismatch(conclude(solved?.steps ?? [], solved?.answer ?? ''), record.answer)).toBe(false)
    }
  })

  test.prop([scenes], { numRuns })('one vague fact is enough to make an observation insufficient', scene => {
    for (const { asked, record } of cases(scene))
      for (const i of asked.keys()) {
        const vague = asked.map((_, j) => j === i)
        expect(O.isNone(derive(record, observe(asked, vague)))).toBe(true)
        expect(faithful(record, observe(asked, vague), record.answer)).toBe(false)
      }
  })

  test.prop([scenes], { numRuns })('questions and facts are read back as they were said', scene => {
    for (const { q } of cases(scene)) {
      const said = sayQuestion(q)
      expect(readQuestion(said.problem, said.options)).toEqual(O.some(q))
    }
    const all = [...factsOf(scene).values()]
    expect([...readFacts(observe(all, detailed(all.length))).values()]).toEqual(all)
  })

  test('arithmetic goes from the left, modulo ten', () => {
    const facts = readFacts('notice red circle moves left from 4 to 1 . number shows 7 . letter shows K .')
    const question = O.toUndefined(readQuestion('what is path red plus number minus letter ?', []))
    expect(question && O.toUndefined(solve(question, facts))).toEqual({
      steps: ['red path is 3 .', '3 plus 7 is 0 .', 'K is 2 .', '0 minus 2 is 8 .'],
      answer: '8',
    })
  })

  it.for([
    ['a contradiction', 'notice number shows 7 . number shows 8 .'],
    ['a sentence that says too much', 'notice number shows 7 7 .'],
    ['no number at all', 'notice letter shows K .'],
    ['no observation', ''],
  ])('%s leaves the number out', ([, observation]) => {
    expect(readFacts(observation ?? '').has('number')).toBe(false)
  })

  it.for([
    ['against its own direction', 'red circle moves left from 1 to 4 .'],
    ['off the grid', 'red circle moves down from 1 to 4 .'],
    ['on the spot', 'red circle moves right from 2 to 2 .'],
  ])('a motion %s is no fact', ([, sentence]) => {
    expect(readFacts(`notice ${sentence}`).size).toBe(0)
  })

  test('the same fact twice is still one fact', () => {
    expect(readFacts('notice number shows 7 . number shows 7 .').get('number')).toEqual({ kind: 'number', digit: 7 })
  })

  test('two objects that appear at the same time have no first', () => {
    const q = { family: 'order', which: 'first', among: ['red', 'blue'] } as const
    expect(O.isNone(solve(q, readFacts('red circle appears at 1 . blue circle appears at 1 .')))).toBe(true)
  })

  test('the conclusion is the last one, and none counts as a mismatch', () => {
    expect(conclusion('red path is 3 . so it is 3 . so it is 4 .')).toBe('4')
    expect(conclusion('so it is red moves left for 3 steps .')).toBe('red moves left for 3 steps')
    expect(mismatch('so it is 3 .', '3')).toBe(false)
    expect(mismatch('so it is 3 .', '4')).toBe(true)
    expect(mismatch('red path is 3 .', '3')).toBe(true)
  })

  test('vague sentences keep the decisive part to themselves', () => {
    expect(say({ kind: 'number', digit: 7 }, true)).toBe('number shows .')
    expect(say({ kind: 'moves', colour: 'red', shape: 'circle', direction: 'left', from: 4, to: 1 }, true)).toBe(
      'red circle moves .',
    )
  })
})
