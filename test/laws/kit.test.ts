import {
  assignmentLaws,
  brokenLaws,
  brokenLawText,
  intakeLaws,
  law,
  rewardLaws,
  templateLaws,
  tokenLaws,
} from 'kinograd/laws'
import { assignTokenBytes, template, videoP2R } from 'kinograd/process'
import { accuracy } from 'kinograd/reward'
import { describe, expect, test } from 'vitest'
import { fc } from '../property.ts'

const numRuns = Number(process.env.KINOGRAD_FUZZ_RUNS ?? 100)
const templates = {
  VideoP2R: videoP2R,
  'three processes': template({
    perception: ['observation'],
    grounding: ['where', 'when'],
    reasoning: ['think', 'answer'],
  }),
  'one process': template({ all: ['answer'] }),
  'a tag that starts another': template({ a: ['think'], b: ['think-more', 'th'] }),
}

for (const [name, t] of Object.entries(templates)) {
  describe(`${name}: the laws of templates`, () => {
    for (const l of templateLaws<string, string>(t)) test(l.name, () => l.assert({ numRuns }))
  })
  describe(`${name}: the laws of assignment`, () => {
    for (const l of assignmentLaws<string>(t)) test(l.name, () => l.assert({ numRuns }))
  })
  describe(`${name}: the laws of assignment, in bytes`, () => {
    const bytes = (pieces: readonly string[], options = {}) =>
      assignTokenBytes<string, string>(
        t,
        pieces.map(piece => Buffer.from(piece)),
        options,
      )
    for (const l of assignmentLaws<string>(t, bytes)) test(l.name, () => l.assert({ numRuns }))
  })
}

describe('the laws of intake and of tokens', () => {
  for (const l of [...intakeLaws(), ...tokenLaws()]) test(l.name, () => l.assert({ numRuns }))
})

const number = fc.oneof(
  fc.integer().map(String),
  fc.double({ min: -1e6, max: 1e6, noNaN: true }).map(n => n.toFixed(3)),
)
const text = fc
  .array(fc.constantFrom('the', 'red', 'ball', 'runs', '42', 'über', '日本'), { minLength: 2, maxLength: 8 })
  .map(w => w.join(' '))
const truths = {
  'multiple choice': fc.constantFrom('A', 'B', 'C', 'D'),
  numerical: number,
  regression: number,
  OCR: text,
  'free-form': text,
}
describe('the laws of rewards', () => {
  for (const [type, given] of Object.entries(truths))
    for (const l of rewardLaws(accuracy()(type), { truths: given }))
      test(`${type}: ${l.name}`, () => l.assert({ numRuns }))
})

test('a broken law says which it is, on what, and how to see it again', () => {
  const small = law('small', 'below ten', fc.nat(1000), n => (n < 10 ? null : `${n} is not below ten`))
  const [broken] = brokenLaws([small], { seed: 7, endOnFailure: false })
  expect(broken).toMatchObject({ law: 'small', says: 'below ten', input: '10', reason: '10 is not below ten', seed: 7 })
  expect(() => small.assert({ seed: 7, endOnFailure: false })).toThrow(
    'the law "small" is broken: 10 is not below ten\non 10\n(seed 7',
  )
  expect(broken === undefined ? '' : brokenLawText(broken)).toContain('path "')
  const thrower = law('thrower', 'throws', fc.constant(1), () => {
    throw new Error('no such thing')
  })
  expect(brokenLaws([thrower])[0]?.reason).toBe('threw no such thing')
})
