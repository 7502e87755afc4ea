import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { either as E } from 'fp-ts'
import { parquetWriteBuffer } from 'hyparquet-writer'
import {
  type AnyRecord,
  checked,
  type DatasetFault,
  fieldMapSettings,
  formatNamed,
  type ReadDatasetOptions,
  readCotDataset,
  readDataset,
  writeDataset,
  writeParts,
} from 'kinograd/dataset'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kinograd-bad-'))
})
afterAll(() => rm(folder, { recursive: true }))

const file = async (name: string, content: string | Buffer) => {
  const path = join(folder, name)
  await writeFile(path, content)
  return path
}
const read = async (path: string | readonly string[], options: ReadDatasetOptions = {}) => {
  const [records, faults]: [AnyRecord[], DatasetFault[]] = [[], []]
  for await (const one of readDataset(path, options))
    if (E.isRight(one)) records.push(one.right)
    else faults.push(one.left)
  return { records, faults }
}
const row = (id: number, more: object = {}) => ({
  problem_id: id,
  problem: `question ${id}`,
  data_type: 'video',
  problem_type: 'numerical',
  solution: `<answer>${id}</answer>`,
  path: `./${id}.mp4`,
  ...more,
})
const choice = { problem_type: 'multiple choice', options: ['A. red', 'B. blue'] }
const text = (...rows: readonly object[]) => rows.map(one => `${JSON.stringify(one)}\n`).join('')
const table = 'n,ask,truth,clip\n1,"what, falls",rain,1.mp4\n2,too few\n3,what,snow,3.mp4\n'
const names = { id: 'n', problem: 'ask', answer: 'truth', path: 'clip', problemType: { value: 'free-form' } } as const
const parquet = () =>
  Buffer.from(parquetWriteBuffer({ columnData: [{ name: 'video', data: ['a', 'b', 'c'], type: 'STRING' }] }))

describe('records that cannot be right are told', () => {
  it.each([
    ['DuplicateId', text(row(1), row(1))],
    ['BadOptions', text(row(0), row(1, { ...choice, options: [], solution: '<answer>A</answer>' }))],
    ['BadOptions', text(row(0), row(1, { ...choice, solution: '<answer>C</answer>' }))],
    ['BadOptions', text(row(0), row(1, { ...choice, solution: '<answer>green</answer>' }))],
  ])('%s', async (tag, content) => {
    const path = await file('flawed.jsonl', content)
    const { records, faults } = await read(path)
    expect(records).toHaveLength(1)
    expect(faults).toMatchObject([
      { _tag: tag, cause: expect.stringContaining('1'), remedy: expect.stringMatching(/./) },
    ])
    const heard: DatasetFault[] = []
    expect((await read(path, { flaws: 'keep', onFlaw: flaw => heard.push(flaw) })).records).toHaveLength(2)
    expect(heard.map(({ _tag }) => _tag)).toEqual([tag])
  })
  it.each(['B', 'B. blue', 'blue', '(B)'])('the answer %s is one of the options', async answer => {
    expect(
      (await read(await file('fine.jsonl', text(row(1, { ...choice, solution: `<answer>${answer}</answer>` })))))
        .faults,
    ).toEqual([])
  })
  it('across the parts of a set', async () => {
    const parts = [await file('p1.jsonl', text(row(1))), await file('p2.jsonl', text(row(2), row(1)))]
    expect((await read(parts)).faults).toMatchObject([{ _tag: 'DuplicateId' }])
  })
  it('by checked, for other sources', async () => {
    const seen: string[] = []
    const source = async function* () {
      for (const id of ['a', 'a', '007', '7'])
        yield E.right({
          id,
          problem: 'q',
          problemType: 'OCR',
          dataType: 'image',
          options: [],
          answer: 'x',
          path: 'p',
          source: '',
        } as const)
    }
    for await (const one of checked(source())) seen.push(E.isRight(one) ? one.right.id : one.left._tag)
    expect(seen).toEqual(['a', 'DuplicateId', '007', '7'])
  })
})

describe('files that are damaged, hostile or of another kind', () => {
  it.each([
    [
      'NaN.jsonl',
      `${text(row(1))}{"problem_id": 2, "reward": NaN}\n${text(row(3))}`,
      2,
      'BadJson',
      'line 2 is not JSON',
    ],
    [
      'Infinity.json',
      `[${JSON.stringify(row(1))},{"x":-Infinity},${JSON.stringify(row(3))}]`,
      2,
      'BadJson',
      'element 1 is not JSON',
    ],
    ['braces.json', '{'.repeat(1e6), 0, 'BadJson', 'nested deeper than 128'],
    ['brackets.json', '['.repeat(1e6), 0, 'BadJson', 'braces'],
    ['pairs.json', `[${'{"a":'.repeat(1e5)}1${'}'.repeat(1e5)}]`, 0, 'BadJson', 'nested deeper'],
    ['cut.json', JSON.stringify({ results: [row(1), row(2)] }).slice(0, -12), 1, 'BadJson', 'element 1'],
    ['open.json', JSON.stringify({ results: [row(1), row(2)] }).slice(0, -1), 2, 'BadJson', 'does not end well'],
    ['empty.json', '', 0, 'BadJson', 'is empty'],
    ['empty.csv', '', 0, 'BadFile', 'is empty'],
    ['other.json', '[{"foo": 1}]', 0, 'UnknownFormat', 'fields ["foo"]'],
    ['quotes.csv', 'n,ask\n1,"what', 0, 'BadFile', 'no table from here on'],
    ['twice.csv', 'n,n\n1,2\n', 0, 'BadFile', 'two columns are called "n"'],
  ])('%s', async (name, content, kept, tag, cause) => {
    const path = await file(name, content)
    const { records, faults } = await read(path)
    expect(records).toHaveLength(kept)
    expect(faults.length).toBeGreaterThan(0)
    expect(faults[0]?._tag).toBe(tag)
    if (cause !== 'braces') expect(faults[0]?.cause).toContain(cause)
    expect(faults[0]?.cause).toContain(name)
    expect(faults[0]?.remedy).not.toBe('')
  })
  it('gzip that is cut gives what came before, and one fault', async () => {
    const zipped = gzipSync(text(...Array.from({ length: 3000 }, (_, id) => row(id))))
    const { records, faults } = await read(await file('cut.jsonl.gz', zipped.subarray(0, zipped.length >> 1)))
    expect(records.length).toBeGreaterThan(100)
    expect(faults.at(-1)).toMatchObject({ _tag: 'BadFile', cause: expect.stringContaining('cut.jsonl.gz breaks off') })
  })
  it('a byte-order mark, CRLF and lone surrogates are read', async () => {
    const { records, faults } = await read(
      await file('windows.jsonl', `\uFEFF${text(row(1), row(2)).replaceAll('\n', '\r\n')}`),
    )
    expect([records.length, faults]).toEqual([2, []])
    const path = await file(
      'lone.jsonl',
      '{"problem_id":1,"problem":"half \\ud800 of","data_type":"image","problem_type":"OCR","solution":"<answer>x</answer>","path":"1.jpg"}',
    )
    const again = join(folder, 'lone-again.jsonl')
    const lone = await read(path)
    await writeDataset(again, lone.records)()
    expect((await read(again)).records).toEqual(lone.records)
  })
  it('a table with ragged rows loses those rows', async () => {
    const { records, faults } = await read(await file('ragged.csv', table), { fields: names })
    expect(records.map(({ id, problem }) => [id, problem])).toEqual([
      ['1', 'what, falls'],
      ['3', 'what'],
    ])
    expect(faults).toMatchObject([
      { _tag: 'BadRecord', cause: expect.stringContaining('line 3: 2 fields, the first line names 4') },
    ])
    expect(
      (await read(await file('semicolons.csv', 'n;ask;truth;clip\n1;a, b;c;1.mp4\n'), { fields: names })).records,
    ).toMatchObject([{ problem: 'a, b' }])
    expect(
      (await read(await file('tabs.tsv', 'n\task\ttruth\tclip\n1\ta\tc\t1.mp4\n'), { fields: names })).records,
    ).toHaveLength(1)
  })
})

describe('Parquet', () => {
  const damaged = (change: (bytes: Buffer) => void) => {
    const bytes = parquet()
    change(bytes)
    return bytes
  }
  it.each([
    ['length of its end', (bytes: Buffer) => bytes.writeUInt32LE(0xfffffff0, bytes.length - 8)],
    ['last magic', (bytes: Buffer) => bytes.write('XXXX', bytes.length - 4)],
    ['whole end', (bytes: Buffer) => bytes.fill(0xff, bytes.length - 40, bytes.length - 8)],
  ])('a wrong %s is one fault', async (_, change) => {
    const { records, faults } = await read(await file('wrong.parquet', damaged(change)))
    expect(records).toEqual([])
    expect(faults).toMatchObject([{ _tag: 'BadFile', cause: expect.stringContaining('wrong.parquet') }])
  })
  it('any byte that is wrong gives rows or faults, in bounded memory', async () => {
    const before = process.memoryUsage().rss
    for (let at = 0; at < parquet().length; at++) {
      const path = await file(
        'byte.parquet',
        damaged(bytes => bytes.writeUInt8(255 - (bytes[at] ?? 0), at)),
      )
      const { records, faults } = await read(path)
      expect(records.length + faults.length).toBeGreaterThan(0)
    }
    expect(process.memoryUsage().rss - before).toBeLessThan(300e6)
  }, 180_000)
})

describe('what is asked for', () => {
  it('names formats where there is none of that name, and where the content does not tell', async () => {
    expect(formatNamed('mvbanch')).toMatchObject({
      left: { _tag: 'UnknownFormat', cause: expect.stringContaining('mvbench, llava-video') },
    })
    const path = await file('fine2.jsonl', text(row(1)))
    expect((await read(path, { format: 'nope' })).faults).toMatchObject([{ _tag: 'UnknownFormat' }])
    expect((await read(path, { format: 'video-r1', fields: {} })).faults).toMatchObject([{ _tag: 'UnknownFormat' }])
    expect((await read(path, { format: 'vcr-bench' })).faults).toMatchObject([{ _tag: 'BadRecord' }])
    expect(await writeDataset(join(folder, 'x.json'), [], { format: 'mvbench' })()).toMatchObject({
      left: { _tag: 'NotWritable' },
    })
  })
  it('field maps: paths, values, constants, columns side by side, functions', async () => {
    const mine = {
      n: 1,
      meta: { video: { path: 'a' }, mood: 'calm' },
      ask: 'Which?',
      kind: 'mc',
      a0: 'red',
      a1: 'blue',
      right: '2',
    }
    const path = await file('mine.json', JSON.stringify({ clips: [mine] }))
    const fields = {
      id: 'n',
      problem: 'ask',
      path: { from: 'meta.video.path', before: 'clips/', behind: '.mp4' },
      problemType: { from: 'kind', values: { mc: 'multiple choice' } },
      options: ['a0', 'a1'],
      answer: { from: 'right', counted: 'from 1' },
      source: { value: 'mine' },
    } as const
    expect(E.isRight(fieldMapSettings.decode(fields))).toBe(true)
    const { records, faults } = await read(path, { fields, under: 'clips' })
    expect(faults).toEqual([])
    expect(records).toEqual([
      {
        ...{
          id: '1',
          problem: 'Which?',
          problemType: 'multiple choice',
          dataType: 'video',
          options: ['A. red', 'B. blue'],
        },
        ...{ answer: 'B', path: 'clips/a.mp4', source: 'mine', extra: { meta: mine.meta } },
      },
    ])
    const byCode = await read(path, {
      fields: { ...fields, kind: ({ meta }) => (JSON.stringify(meta).length > 3 ? 'long' : 'short') },
      under: 'clips',
    })
    expect(byCode.records).toMatchObject([{ kind: 'long' }])
    const wrong = await read(path, { fields: { ...fields, problemType: 'kind', path: 'meta.clip' }, under: 'clips' })
    expect(wrong.faults).toMatchObject([
      {
        _tag: 'BadRecord',
        cause: expect.stringMatching(/problemType \(from kind\): expected one of.*path \(from meta.clip\)/),
      },
    ])
  })
  it('chains: a record without one is told', async () => {
    const chain = { observation: 'o', process: 'p', output: '<answer>1</answer>', reward: 1 }
    const path = await file('chains.jsonl', text(row(1, chain), row(2)))
    const found = []
    for await (const one of readCotDataset(path)) found.push(E.isRight(one) ? one.right.output : one.left._tag)
    expect(found).toEqual(['<answer>1</answer>', 'BadRecord'])
  })
})

describe('writers', () => {
  const records = async () => (await read(await file('source.jsonl', text(row(1), row(2), row(3))))).records
  it('parts are read back as one set', async () => {
    const stem = join(folder, 'released')
    const written = await writeParts(stem, await records(), { recordsInPart: 2 })()
    expect(written).toEqual(E.right([1, 2].map(part => `${stem}.part${part}of2.json.gz`)))
    if (E.isRight(written)) expect((await read(written.right)).records).toEqual(await records())
    expect(await writeParts(join(folder, 'none'), [])()).toMatchObject({ right: { length: 1 } })
  })
  it('a source that fails and a full disk leave what was there, and nothing beside it', async () => {
    const path = join(folder, 'kept.json')
    await writeDataset(path, await records())()
    const before = await readFile(path, 'utf8')
    const failing = (function* () {
      yield* []
      throw new Error('no more')
    })()
    expect(await writeDataset(path, failing)()).toMatchObject({
      left: { _tag: 'CannotWrite', cause: expect.stringContaining('no more') },
    })
    expect(await writeParts(join(folder, 'gone', 'x'), await records())()).toMatchObject({
      left: { _tag: 'CannotWrite' },
    })
    expect(await readFile(path, 'utf8')).toBe(before)
    expect((await readdir(folder)).filter(name => name.includes('.tmp'))).toEqual([])
  })
})
