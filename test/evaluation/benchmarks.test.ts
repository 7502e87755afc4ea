import { existsSync, readdirSync } from 'node:fs'
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { either as E } from 'fp-ts'
import { readDataset, type VideoRecord } from 'kinograd/dataset'
import {
  benchmarkOf,
  benchmarks,
  evaluate,
  formatOrBenchmark,
  labelsOf,
  openScores,
  scoreOutput,
  videoR1Prompt,
} from 'kinograd/evaluation'
import { items, iterate } from 'kinograd/flow'
import { nodeAv, uniform } from 'kinograd/media'
import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { workplace } from './made.ts'

const samples = fileURLToPath(new URL('../../../shared/benchmarks/', import.meta.url))

const read = async (path: string): Promise<readonly VideoRecord[]> => {
  const records: VideoRecord[] = []
  for await (const one of readDataset(path)) {
    if (E.isLeft(one)) throw new Error(one.left.cause)
    records.push(one.right)
  }
  return records
}

const written = async (name: string, content: unknown) => {
  const path = join(await mkdtemp(join(tmpdir(), 'benchmark-')), name)
  await writeFile(path, JSON.stringify(content))
  return read(path)
}

const labels = (records: readonly VideoRecord[], name: string) =>
  [...new Set(records.map(one => labelsOf(one)[name]))].sort()

describe.skipIf(!existsSync(samples))('samples of the public files (skipped: not there)', () => {
  const files = existsSync(samples) ? readdirSync(samples).filter(name => name.endsWith('.json')) : []
  test.each(files)('%s: every record is read and known as of its benchmark', async name => {
    const records = await read(join(samples, name))
    const title = /eval_(\w+)\./.exec(name)?.[1]
    expect(records.length).toBeGreaterThan(4)
    expect([...new Set(records.map(one => benchmarkOf(one)?.title.toLowerCase().replace('-', '')))]).toEqual([title])
    for (const record of records) {
      const right = scoreOutput()(record, `<answer>${record.answer}</answer>`)
      expect(E.isRight(right) && right.right.correct).toBe(true)
    }
  })
  test('Video-MME is broken down by what it says', async () => {
    const records = await read(join(samples, 'eval_videomme.sample.json'))
    expect(labels(records, 'duration')).toEqual(['long', 'medium', 'short'])
    expect(labels(records, 'domain').length).toBeGreaterThan(3)
    expect(labels(records, 'task')).toContain('Action Reasoning')
  })
  test('MMVU, VSI-Bench and MVBench by folders and kinds', async () => {
    expect(labels(await read(join(samples, 'eval_mmvu.sample.json')), 'domain')).toContain('Preventive Medicine')
    const vsi = await read(join(samples, 'eval_vsibench.sample.json'))
    expect(labels(vsi, 'task')).toContain('object_rel_direction_hard')
    expect(labels(vsi, 'scenes')).toContain('arkitscenes')
    expect(labels(await read(join(samples, 'eval_mvbench.sample.json')), 'medium')).toEqual(['clip', 'pictures'])
  })
})

const mmmu = (id: string): VideoRecord => ({
  ...{
    id,
    problem: 'Which?',
    problemType: 'multiple choice',
    dataType: 'video',
    options: ['A. a', 'B. b'],
    answer: 'A',
  },
  ...{ path: './Evaluation/VideoMMMU/validation_Art_1.mp4', source: '' },
})

describe('quirks', () => {
  test('VideoMMMU: the track follows the order of ids, unless the file says it', () => {
    const tracks = ['1', '300', '301', '600', '601', '900'].map(id => labelsOf(mmmu(id)).track)
    expect(tracks).toEqual(['perception', 'perception', 'comprehension', 'comprehension', 'adaptation', 'adaptation'])
    expect(['0', '901', '01', 'x'].map(id => labelsOf(mmmu(id)).track)).toEqual(Array(4).fill(undefined))
    expect(labelsOf({ ...mmmu('1'), extra: { track: 'adaptation' } }).track).toBe('adaptation')
  })

  test('VSI-Bench: the overall score is the plain mean of MRA and accuracy', () => {
    const vsi = { ...mmmu('1'), path: './Evaluation/VSIBench/scannet/1.mp4' }
    const scores = openScores()
    const answers = [
      [vsi, 'A'],
      [vsi, 'B'],
      [vsi, 'A'],
      [{ ...vsi, problemType: 'regression', options: [], answer: '10' } as const, '8'],
    ] as const
    for (const [record, said] of answers) {
      const score = scoreOutput()(record, said)
      if (E.isRight(score)) scores.answer(record, score.right)
    }
    const { accuracy, mra, overall } = scores.result()
    expect([accuracy?.value, accuracy?.of, mra?.of]).toEqual([2 / 3, 3, 1])
    expect(overall?.value).toBeCloseTo((2 / 3 + 0.6) / 2, 6)
  })

  test('VCR-Bench: options stand in the question once, and open questions are not in its accuracy', async () => {
    const vcr = {
      ...{
        id: 3,
        video_path: 'video/a.mp4',
        duration: 56,
        dimension: 'Video Plot Analysis',
        'multiple-choice': true,
        answer: 'B',
      },
      question: 'Why?A. They fight.\nB. He helped.\n',
      choices: { A: 'They fight.', B: 'He helped.', C: '', D: '' },
    }
    const open = { ...vcr, id: 4, question: 'In which room?', 'multiple-choice': false, choices: {}, answer: 'Kitchen' }
    const records = await written('meta_info_video.json', [vcr, open])
    const [asked, free] = records
    expect(videoR1Prompt(asked!).match(/They fight/g)).toHaveLength(1)
    expect(labelsOf(asked!)).toMatchObject({ dimension: 'Video Plot Analysis' })
    const scores = openScores()
    for (const [record, said] of [[asked, 'B'] as const, [free, 'the kitchen'] as const]) {
      const score = scoreOutput()(record!, said)
      if (E.isRight(score)) scores.answer(record!, score.right)
    }
    const { accuracy, by } = scores.result()
    expect([accuracy?.of, accuracy?.value]).toEqual([1, 1])
    expect(by.type?.['free-form']?.accuracy?.of).toBe(1)
    // A duration in seconds is no class of durations.
    expect(by.duration).toBeUndefined()
  })

  test('Video-Holmes: letters to F, names with spaces', async () => {
    const options = { A: 'A cleaner', B: 'A clerk', C: 'A sister', D: 'A stranger', E: 'An officer', F: 'A cook' }
    const row = {
      'video ID': 'RS',
      'Question ID': 1,
      'Question Type': 'SR',
      Question: 'Who?',
      Options: options,
      Answer: 'F',
    }
    const [record] = await written('test_Video-Holmes.json', [{ ...row, Explanation: 'She holds a pan.' }])
    const score = scoreOutput()(record!, '<answer>F</answer>')
    expect(E.isRight(score) && score.right.correct).toBe(true)
    expect(labelsOf(record!)).toEqual({ type: 'multiple choice', task: 'SR' })
    expect(benchmarkOf(record!)?.name).toBe('video-holmes')
  })

  test('MVBench: whole clips by default, their parts on request; folders named like clips', async () => {
    const root = await workplace({}, ['Evaluation/MVBench/star/a.mp4'])
    const shots = join(root, 'Evaluation/MVBench/tvqa/s04_clip_00')
    await mkdir(shots, { recursive: true })
    for (const n of [1, 2, 3, 4])
      await sharp({ create: { width: 32, height: 32, channels: 3, background: { r: 60 * n, g: 0, b: 0 } } })
        .png()
        .toFile(join(shots, `${n}.png`))
    const clip = { ...mmmu('1'), path: './Evaluation/MVBench/star/a.mp4', window: { start: 0, end: 0.3 } }
    const pictures = {
      ...mmmu('2'),
      dataType: 'frame',
      path: './Evaluation/MVBench/tvqa/s04_clip_00.mp4',
      fps: 3,
    } as const
    const joined = { ...pictures, id: '3', path: clip.path }
    const seen = async (window?: 'whole' | 'part') => {
      const counts: Record<string, number> = {}
      const policy = {
        name: 'counts frames',
        answer: ({
          record,
          frames,
        }: {
          readonly record: VideoRecord
          readonly frames?: { readonly count: number }
        }) => {
          counts[record.id] = frames?.count ?? 0
          return async () => E.right('<answer>A</answer>')
        },
      }
      const media = {
        decoder: nodeAv(),
        root,
        frames: uniform(32, { atMost: true }),
        ...(window === undefined ? {} : { window }),
      }
      for await (const one of iterate(
        evaluate({ policy, media })(items([clip, pictures, joined].map(record => ({ record })))),
      ))
        expect(E.isRight(one) ? one.right.record.window : one.left).toEqual(
          E.isRight(one) && one.right.record.id === '1' ? clip.window : undefined,
        )
      return counts
    }
    expect(await seen()).toEqual({ 1: 4, 2: 4, 3: 4 })
    expect(await seen('part')).toMatchObject({ 1: 2 })
  })

  test('names of benchmarks are formats too', () => {
    const named = ['vsibench', 'Video-MME', 'TempCompass', 'vcr_bench', 'video-r1', 'trl'].map(formatOrBenchmark)
    expect(
      named.map(one => (E.isRight(one) ? (one.right.benchmark?.name ?? one.right.format) : one.left._tag)),
    ).toEqual([...['vsi-bench', 'video-mme', 'tempcompass', 'vcr-bench', 'video-r1', 'trl']])
    expect(E.isLeft(formatOrBenchmark('video-r2'))).toBe(true)
    expect(benchmarks.map(({ name }) => name)).toHaveLength(8)
  })
})
