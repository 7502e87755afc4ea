import { either as E } from 'fp-ts'
import type { CotRecord, VideoRecord } from 'kinograd/dataset'
import { cotRecord, dataTypes, problemTypes, resolveMedia, videoRecord } from 'kinograd/dataset'
import { describe, expect, it } from 'vitest'
import { fc, test } from '../property.ts'

const numRuns = Number(process.env.KINOGRAD_FUZZ_RUNS ?? 100)

const said = fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme' }).filter(text => text.trim() !== '')
const answer = said.map(text => text.trim()).filter(text => !text.includes('</answer>'))
const record: fc.Arbitrary<VideoRecord> = fc.record(
  {
    id: said,
    problem: said,
    problemType: fc.constantFrom(...problemTypes),
    dataType: fc.constantFrom(...dataTypes),
    options: fc.array(fc.string(), { maxLength: 10 }),
    answer,
    path: said,
    source: fc.string(),
    kind: said,
  },
  { requiredKeys: ['id', 'problem', 'problemType', 'dataType', 'options', 'answer', 'path', 'source'] },
)
const cot: fc.Arbitrary<CotRecord> = fc
  .tuple(
    record,
    fc.record({ observation: said, process: said, output: said, reward: fc.double({ min: 0, max: 1, noNaN: true }) }),
  )
  .map(([one, chain]) => ({ ...one, ...chain, reward: chain.reward + 0 }))

const good = {
  problem_id: 12,
  problem: 'How many?',
  data_type: 'video',
  problem_type: 'multiple choice',
  options: ['A. one', 'B. two'],
  solution: '<answer> B </answer>',
  path: './STAR/clip.mp4',
  data_source: 'STAR',
}
const inside: VideoRecord = {
  id: '12',
  problem: 'How many?',
  dataType: 'video',
  problemType: 'multiple choice',
  options: ['A. one', 'B. two'],
  answer: 'B',
  path: './STAR/clip.mp4',
  source: 'STAR',
}

describe('records', () => {
  test.prop([record], { numRuns })('what is written is read back', one => {
    expect(videoRecord.decode(JSON.parse(JSON.stringify(videoRecord.encode(one))))).toEqual(E.right(one))
  })

  test.prop([cot], { numRuns })('chains of thought too', one => {
    expect(cotRecord.decode(JSON.parse(JSON.stringify(cotRecord.encode(one))))).toEqual(E.right(one))
  })

  test.prop([record], { numRuns })('a file of texts only says the same', one => {
    const texts = Object.entries(videoRecord.encode(one)).map(([key, value]) => [
      key,
      typeof value === 'string' ? value : JSON.stringify(value),
    ])
    expect(videoRecord.decode(Object.fromEntries(texts))).toEqual(E.right(one))
  })

  it('reads Video-R1', () => expect(videoRecord.decode(good)).toEqual(E.right(inside)))

  it.each([null, undefined, [], '', '[]', 'None', 'null', 'nan', ' [ ] '])('options %j are none', options => {
    expect(videoRecord.decode({ ...good, options })).toEqual(E.right({ ...inside, options: [] }))
  })

  it.each([
    [`['A. it', "B. it's"]`, ['A. it', "B. it's"]],
    [`["A. \\u00e9", 'B. \\x41\\n']`, ['A. é', 'B. A\n']],
    [`['A. a, b', 'B. [c]',]`, ['A. a, b', 'B. [c]']],
    ['["A. one", "B. two"]', ['A. one', 'B. two']],
  ])('options written by Python: %s', (options, read) => {
    expect(videoRecord.decode({ ...good, options })).toEqual(E.right({ ...inside, options: read }))
  })

  it('coerces VideoP2R, where every value is a text', () => {
    const texts = { ...good, problem_id: '12', options: `['A. one', 'B. two']`, select: 'True' }
    const chain = { observation: '<observation>o</observation>', process: '<think>t</think>', output: 'all' }
    const extra = { select: 'True' }
    expect(cotRecord.decode({ ...texts, ...chain, reward: '1.0' })).toEqual(
      E.right({ ...inside, ...chain, reward: 1, extra }),
    )
  })

  it('does not hold a list to be a text or guess an answer', () => {
    for (const wrong of [
      { options: 'A or B' },
      { options: [1, 2] },
      { options: `['A` },
      { solution: 'B' },
      { solution: '<answer></answer>' },
      { answer: 'B', solution: undefined },
      { problem: '' },
      { problem_id: 1.5 },
      { problem_type: 'riddle' },
      { data_type: 'audio' },
      { path: null },
    ])
      expect(E.isLeft(videoRecord.decode({ ...good, ...wrong })), JSON.stringify(wrong)).toBe(true)
  })
})

test.prop([fc.array(fc.string({ unit: 'grapheme' }))], { numRuns })('Python lists: any texts', texts => {
  const quoted = texts.map(text => `'${text.replace(/[\\']/g, '\\$&')}'`)
  expect(videoRecord.decode({ ...good, options: `[${quoted.join(', ')}]` })).toEqual(
    E.right({ ...inside, options: texts }),
  )
})

describe('media paths', () => {
  it('stay in the root', () => {
    expect(resolveMedia('/data', { id: '1', path: './a/b.mp4' })).toEqual(E.right('/data/a/b.mp4'))
    expect(resolveMedia('/', { id: '1', path: 'a.mp4' })).toEqual(E.right('/a.mp4'))
  })
  it.each(['../x', './a/../../x', '/etc/passwd', '..', '.', 'a/../../data2/x', 'a\0b'])('%j is refused', path => {
    const found = resolveMedia('/data', { id: '7', path })
    expect(found).toMatchObject({ _tag: 'Left', left: { _tag: 'OutsideRoot' } })
  })
})
