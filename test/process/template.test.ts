import { either as E } from 'fp-ts'
import { assignTokenBytes, assignTokens, parse, print, template, templateOf, videoP2R } from 'kinograd/process'
import { describe, expect } from 'vitest'
import { fc, test } from '../property.ts'

const numRuns = Number(process.env.KINOGRAD_FUZZ_RUNS ?? 100)
const three = template({ perception: ['observation'], grounding: ['where'], reasoning: ['think', 'answer'] })
const text = fc.string({ unit: 'binary', maxLength: 30 })

describe('parse and print', () => {
  test.prop([fc.record({ observation: text, where: text, think: text, answer: text })], { numRuns })(
    'parse after print gives the same texts',
    segments => {
      const printed = print(three, segments)
      if (E.isLeft(printed)) return
      const parsed = parse(three, printed.right)
      expect(E.isRight(parsed) && parsed.right.segments).toEqual(segments)
    },
  )

  test('what stands in a segment is kept as it is', () => {
    const parsed = parse(videoP2R, '<observation> a\n</observation>\n <think></think><answer>B </answer>\n')
    expect(parsed).toMatchObject({ right: { segments: { observation: ' a\n', think: '', answer: 'B ' } } })
  })

  test.each([
    ['<observation>a</observation><think>b</think><answer>c', 'MissingTag', 53],
    ['<think>b</think><answer>c</answer>', 'UnexpectedTag', 0],
    ['<observation>a</observation>so<think>b</think><answer>c</answer>', 'TextOutside', 28],
    ['<observation>a</observation><think>b</think><answer>c</answer> .', 'TextOutside', 63],
    ['<observation>a</observation><think>b</think><answer>c</answer><answer>d</answer>', 'UnexpectedTag', 62],
    ['<observation>a</observation><think><think>b</think><answer>c</answer>', 'UnexpectedTag', 35],
    ['<Observation>a</Observation><think>b</think><answer>c</answer>', 'TextOutside', 0],
    ['', 'MissingTag', 0],
  ])('%s is rejected with a position', (given, _tag, position) => {
    expect(parse(videoP2R, given)).toMatchObject({ _tag: 'Left', left: { _tag, position } })
  })

  test('a text that holds a tag cannot be printed', () => {
    expect(print(videoP2R, { observation: '', think: 'the <answer>', answer: '' })).toMatchObject({
      left: { _tag: 'TagInText' },
    })
  })

  test('a template that is none is told', () => {
    expect(templateOf({})).toMatchObject({ left: { _tag: 'BadTemplate' } })
    expect(templateOf({ a: ['x'], b: ['x'] })).toMatchObject({ left: { cause: 'tag "x" stands in two segments' } })
    expect(templateOf({ a: [] })).toMatchObject({ left: { cause: 'process "a" has 0 tags' } })
    expect(() => template({ a: ['<'] })).toThrow(TypeError)
  })

  test('ten megabytes of angle brackets take no time', () => {
    const started = performance.now()
    expect(E.isLeft(parse(videoP2R, '<observation'.repeat(900_000)))).toBe(true)
    expect(E.isLeft(parse(videoP2R, '<'.repeat(10_000_000)))).toBe(true)
    expect(performance.now() - started).toBeLessThan(20_000)
  })
})

describe('token assignment', () => {
  const short = { perception: 'P', reasoning: 'R' } as const
  const owned = (pieces: readonly string[], ended = false): string =>
    assignTokens(videoP2R, pieces, { ended })
      .owners.map(k => (k === null ? '.' : short[k]))
      .join('')

  test('whole words', () => {
    const pieces = [
      '<observation>',
      ' a',
      ' b',
      '</observation>',
      '<think>',
      ' c',
      '</think>',
      '<answer>',
      ' d',
      '</answer>',
      '<eos>',
    ]
    expect(owned(pieces, true)).toBe('PPPPRRRRRRR')
    expect(assignTokens(videoP2R, pieces, { ended: true }).innerTokens).toEqual({ perception: 2, reasoning: 2 })
  })

  test('tokens across borders belong to where they start and count where they hold inner text', () => {
    const pieces = [
      '<obs',
      'ervation>x',
      ' y</',
      'observation',
      '>\n',
      '\n<th',
      'ink',
      '>z.</',
      'think',
      '><',
      'answer',
      '>B',
      '</answer>',
    ]
    expect(owned(pieces)).toBe('PPPPPRRRRRRRR')
    expect(assignTokens(videoP2R, pieces).innerTokens).toEqual({ perception: 2, reasoning: 2 })
  })

  test('malformed texts keep what is there', () => {
    expect(owned(['x', '<observation>', 'a', '</observation>', ' so', '<think>', 'b'])).toBe('.PPP...')
    expect(owned(['<think>', 'b', '</think>', ' <answer>', 'c'], false)).toBe('RRR..')
    expect(owned(['a', 'b', '<eos>'], true)).toBe('...')
    expect(owned([], true)).toBe('')
  })

  test.prop([fc.string({ unit: 'binary', maxLength: 40 }), fc.array(fc.nat(6), { maxLength: 60 })], { numRuns })(
    'bytes that split characters give the owners of their first characters',
    (inner, cuts) => {
      const clean = `<observation>${inner.replaceAll('<', '')}</observation> <think>é</think><answer>日</answer>`
      const bytes = Buffer.from(clean, 'utf8')
      const pieces: Buffer[] = []
      for (let at = 0, i = 0; at < bytes.length; i++) {
        const size = (cuts[i % Math.max(1, cuts.length)] ?? 0) + 1
        pieces.push(bytes.subarray(at, at + size))
        at += size
      }
      const border = clean.indexOf(' <think>')
      const borderByte = Buffer.byteLength(clean.slice(0, border))
      let at = 0
      const { owners } = assignTokenBytes(videoP2R, pieces)
      for (const [i, piece] of pieces.entries()) {
        expect(owners[i]).toBe(at < borderByte ? 'perception' : 'reasoning')
        at += piece.length
      }
    },
  )
})
