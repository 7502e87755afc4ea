import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { either as E } from 'fp-ts'
import {
  type AnyRecord,
  dataTypes,
  formats,
  problemTypes,
  type ReadDatasetOptions,
  readDataset,
  writeDataset,
} from 'kinograd/dataset'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fc, test } from '../property.ts'
import { samples } from './samples.ts'

const numRuns = Number(process.env.KINOGRAD_FUZZ_RUNS ?? 100)
let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kinograd-formats-'))
})
afterAll(() => rm(folder, { recursive: true }))

const file = async (name: string, content: string | Buffer) => {
  const path = join(await mkdtemp(join(folder, 'f-')), name)
  await writeFile(path, content)
  return path
}
const all = async <A>(source: AsyncIterable<A>): Promise<A[]> => {
  const found: A[] = []
  for await (const one of source) found.push(one)
  return found
}
const recordsOf = async (path: string, options: ReadDatasetOptions = {}): Promise<readonly AnyRecord[]> =>
  (await all(readDataset(path, options))).map(read => {
    if (E.isLeft(read)) throw new Error(`${read.left._tag}: ${read.left.cause}`)
    return read.right
  })
const read = async (name: string): Promise<readonly AnyRecord[]> => {
  const sample = samples.find(one => one.name === name)
  if (sample === undefined) throw new Error(name)
  return recordsOf(await file(name, sample.content))
}

describe('every format, as it is published', () => {
  it.each(samples.map(sample => [sample.format, sample.name, sample] as const))(
    '%s: %s',
    async (format, name, { content, records }) => {
      const path = await file(name, content)
      const named = await recordsOf(path, { format })
      expect(named).toHaveLength(records)
      expect(await recordsOf(path)).toEqual(named)
      for (const other of ['video-r1', ...formats.flatMap(one => (one.write === undefined ? [] : [one.name]))])
        for (const ending of ['json', 'jsonl', 'json.gz']) {
          const written = join(folder, `again.${ending}`)
          expect(await writeDataset(written, named, { format: other })(), other).toEqual(E.right(records))
          expect(await recordsOf(written, { format: other }), other).toEqual(named)
          expect(await recordsOf(written), other).toEqual(named)
        }
    },
  )
  it('has a sample of each', () => {
    expect([...new Set(samples.map(({ format }) => format))].sort()).toEqual(formats.map(({ name }) => name).sort())
  })
})

describe('what is read', () => {
  it('TempCompass: four tasks', async () => {
    const [first, second] = await read('multi-choice.json')
    expect(first).toEqual({
      id: 'multi-choice:1034:action:0',
      problem: 'What is the man doing?',
      problemType: 'multiple choice',
      dataType: 'video',
      options: ['A. dunking', 'B. dribbling', 'C. passing'],
      answer: 'A',
      path: '1034.mp4',
      source: 'TempCompass',
      kind: 'action',
      extra: { task: 'multi-choice' },
    })
    expect(second).toMatchObject({ answer: 'B', kind: 'direction', extra: { difficulty: 2, task: 'multi-choice' } })
    expect(await read('yes_no.json')).toMatchObject([
      { problem: 'Is he dunking?', problemType: 'free-form', answer: 'yes' },
    ])
    expect(await read('caption_matching.json')).toMatchObject([
      { problem: 'Which description is better?', options: ['A. He dribbles.', 'B. He dunks.'], answer: 'B' },
      { options: ['A. He dunks.', 'B. He passes.'], answer: 'A', extra: { task: 'caption_matching' } },
    ])
    expect(await read('captioning.json')).toMatchObject([{ problemType: 'free-form', answer: 'B. dog', options: [] }])
  })
  it('VCR-Bench: options are taken out of the question', async () => {
    expect(await read('meta_info_video.json')).toMatchObject([
      {
        problem: 'Why did he stay?',
        options: ['A. They are enemies.', 'B. He helped another.', 'C. Another helped.', 'D. It exploded again.'],
        answer: 'D',
        kind: 'Video Plot Analysis',
        extra: { duration: 56, reasoning: ['1. 0:08-0:30, it burns.', '2. 0:33, it explodes.'] },
      },
      { problem: 'In which room?', problemType: 'free-form', options: [], answer: 'Kitchen' },
    ])
  })
  it('Video-Holmes: six letters, names with spaces', async () => {
    expect(await read('test_Video-Holmes.json')).toMatchObject([
      {
        id: 'RSmj:1',
        answer: 'F',
        path: 'RSmj.mp4',
        options: { length: 6 },
        extra: { Explanation: 'She holds a pan.' },
      },
    ])
  })
  it('MVBench: windows, folders of pictures', async () => {
    expect(await read('action_sequence.json')).toMatchObject([
      {
        path: 'star/Charades_v1_480/ZS9XR.mp4',
        answer: 'A',
        window: { start: 11.1, end: 17.8 },
        extra: { accurate_start: 12 },
      },
    ])
    const [frames] = await read('episodic_reasoning.json')
    expect(frames).toMatchObject({ dataType: 'frame', fps: 3, window: { start: 26.67 }, extra: { show_name: 'TBBT' } })
    expect(frames?.path).toBe('tvqa/frames_fps3_hq/s04e15_seg02_clip_00')
  })
  it('LLaVA-Video: a record a question', async () => {
    const [choice, open] = await read('0_30_s_youtube_mc.json')
    expect(choice).toMatchObject({ problem: 'What falls?', options: ['A. A box.', 'B. A ball.'], answer: 'B' })
    expect(choice?.extra?.conversation).toMatchObject({
      response: 'B. A ball.',
      instruction: expect.stringContaining('Please'),
    })
    expect(open).toMatchObject({ problem: 'Describe the clip.', problemType: 'free-form' })
    expect(choice?.id).not.toBe(open?.id)
  })
  it('NExT-QA: options in columns, counted from 0', async () => {
    const rows = await read('val.csv')
    expect(rows).toMatchObject([
      {
        id: '4010069381:6',
        answer: 'A',
        path: '4010069381.mp4',
        kind: 'CH',
        extra: { frame_count: '369', width: '640' },
      },
      {
        problem: 'why did the boy, in red, sit',
        answer: 'E',
        options: ['A. share', 'B. approach', 'C. unwrap it', 'D. play, with train', 'E. say "hi"'],
      },
    ])
    expect(await read('val-windows.csv')).toEqual(rows)
    expect(await read('test-00000-of-00001.parquet')).toMatchObject([
      { id: '4010069381:6', answer: 'A' },
      { answer: 'E', extra: { frame_count: 2697 } },
    ])
  })
  it('conversations: chains of thought, system messages', async () => {
    expect((await read('swift.jsonl'))[0]).toMatchObject({
      problem: 'What is in the video?',
      answer: 'A puppy runs on the grass.',
      extra: { conversation: { system: 'You are a helpful and harmless assistant.' } },
    })
    expect((await read('trl.jsonl'))[0]).toMatchObject({
      answer: '3',
      observation: '3 balls',
      process: 'I count 3.',
      reward: 1,
    })
    expect(await read('mllm_demo.json')).toMatchObject([
      { extra: { conversation: { system: 'Be brief.' } } },
      { problem: 'Who are they?', dataType: 'image' },
    ])
    expect(await read('alpaca.json')).toMatchObject([{ problem: 'What falls?\nAnswer in one word.', answer: 'Rain' }])
  })
  it('VideoRFT: options are not said twice', async () => {
    const [fine] = await read('Video-R1-260k.json')
    expect(await read('VideoRFT.jsonl')).toEqual([fine])
  })
})

const said = fc.string({ minLength: 1, maxLength: 30, unit: 'grapheme' }).filter(text => text.trim() !== '')
const answer = said.map(text => text.trim()).filter(text => !text.includes('</answer>'))
const names = fc.constantFrom(
  'mood',
  'path',
  'messages',
  'videos',
  'answer',
  'extra',
  '__proto__',
  'system',
  'process',
  'start',
  'fps',
)
const extra = fc
  .dictionary(names, fc.jsonValue({ maxDepth: 2 }), { minKeys: 1, maxKeys: 4 })
  .map(kept => Object.fromEntries(Object.entries(kept)))
const window = fc
  .tuple(fc.nat(100), fc.integer({ min: 1, max: 100 }))
  .map(([start, length]) => ({ start, end: start + length }))
const question: fc.Arbitrary<AnyRecord> = fc
  .record(
    {
      id: said,
      problem: said,
      problemType: fc.constantFrom(...problemTypes.filter(type => type !== 'multiple choice')),
      dataType: fc.constantFrom(...dataTypes.filter(type => type !== 'frame')),
      options: fc.constant([]),
      answer,
      path: said,
      source: fc.string(),
      kind: said,
      window,
      extra,
    },
    { requiredKeys: ['id', 'problem', 'problemType', 'dataType', 'options', 'answer', 'path', 'source'] },
  )
  .map(record =>
    record.window === undefined || record.extra === undefined
      ? record
      : { ...record, extra: withoutTimes(record.extra) },
  )
const withoutTimes = (kept: Readonly<Record<string, unknown>>) =>
  Object.fromEntries([['a', 1], ...Object.entries(kept).filter(([name]) => name !== 'start')])
const choice: fc.Arbitrary<AnyRecord> = fc
  .tuple(
    question,
    fc.array(
      said.map(text => text.replaceAll('\n', ' ')),
      { minLength: 2, maxLength: 6 },
    ),
    fc.nat(),
  )
  .map(([record, texts, right]) => ({
    ...record,
    problemType: 'multiple choice',
    options: texts.map((text, place) => `${String.fromCharCode(65 + place)}. ${text.trim()}`),
    answer: String.fromCharCode(65 + (right % texts.length)),
  }))
const chained: fc.Arbitrary<AnyRecord> = fc.tuple(question, said, said).map(([record, observation, process]) => ({
  ...record,
  ...{ observation, process, reward: 1, annotator: 'scripted' },
  output: `<observation>${observation}</observation><think>${process}</think><answer>${record.answer}</answer>`,
}))

describe('any record comes back from every form that is written', () => {
  const writable = formats.filter(format => format.write !== undefined)
  test.prop([fc.oneof(question, choice, chained), fc.constantFrom(...writable)], { numRuns: 5 * numRuns })(
    '%s',
    (record, format) => {
      const text = JSON.stringify(format.write?.(record))
      const [back] = format.read(JSON.parse(text), { path: 'a.json', where: 'a.json, element 0', index: 0 })
      const expected = JSON.parse(JSON.stringify({ ...record, extra: kept(record) }))
      expect(back !== undefined && E.isRight(back) ? JSON.parse(JSON.stringify(back.right)) : back).toEqual(expected)
    },
  )
  /** What a chain has as its own is no longer what the file said beside it. */
  const kept = (record: AnyRecord) => {
    if (record.extra === undefined) return undefined
    const left = Object.entries(record.extra).filter(([name]) => !(name === 'process' && record.process !== undefined))
    return left.length === 0 ? undefined : Object.fromEntries(left)
  }
})
