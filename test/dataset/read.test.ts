import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { either as E } from 'fp-ts'
import {
  appendJsonl,
  type CotRecord,
  cotRecord,
  readCot,
  readRecords,
  readValues,
  sortParts,
  type VideoRecord,
  videoRecord,
  writeJsonl,
  writeRecords,
} from 'kinograd/dataset'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Cut } from '../../src/dataset/cut.ts'
import { elementCutter } from '../../src/dataset/elements.ts'
import { fc, test } from '../property.ts'
import { isLong, spent } from '../spent.ts'

const numRuns = Number(process.env.KINOGRAD_FUZZ_RUNS ?? 100)
let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kinograd-dataset-'))
})
afterAll(() => rm(folder, { recursive: true }))

const all = async <A>(source: AsyncIterable<A>): Promise<A[]> => {
  const found: A[] = []
  for await (const one of source) found.push(one)
  return found
}
const file = async (name: string, content: string | Buffer) => {
  const path = join(folder, name)
  await writeFile(path, content)
  return path
}
const row = (id: number) => ({
  problem_id: id,
  problem: `q${id} é`,
  data_type: 'video',
  problem_type: 'numerical',
  options: null,
  solution: `<answer>${id}</answer>`,
  path: `./${id}.mp4`,
  data_source: 'x',
})
const rows = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => row(from + i))
const cutsOf = (text: string, pieceBytes = text.length * 2): readonly string[] => {
  const cutter = elementCutter()
  const bytes = Buffer.from(text)
  const found: string[] = []
  const keep = (cuts: Iterable<Cut>) => {
    for (const cut of cuts)
      if ('wrong' in cut) found.push(`${cut.place} ${cut.wrong}`)
      else found.push('value' in cut ? JSON.stringify(cut.value.right) : cut.bytes.toString())
  }
  for (let at = 0; at < bytes.length; at += pieceBytes)
    keep(cutter.push(Buffer.from(bytes.subarray(at, at + pieceBytes))))
  keep(cutter.end())
  return found
}
/** Random numbers in [0, 1) that a seed repeats. */
const randomFrom = (seed: number) => {
  let state = seed
  return () => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff
    return state / 0x80000000
  }
}
const ids = (found: readonly E.Either<unknown, VideoRecord>[]) =>
  found.map(one => (E.isRight(one) ? one.right.id : 'fault'))

describe('readers', () => {
  it('array, lines, gzip of both, parts in order: all the same', async () => {
    const array = JSON.stringify(rows(0, 5), null, 1)
    const lines = rows(0, 5).map(one => JSON.stringify(one))
    const forms = [
      await file('a.json', array),
      await file('b.jsonl', `${lines.join('\r\n')}\r\n`),
      await file('c.gz', gzipSync(array)),
      await file('d', gzipSync(`\uFEFF${lines.join('\n\n')}`)),
    ]
    for (const form of forms) expect(ids(await all(readRecords(form))), form).toEqual(['0', '1', '2', '3', '4'])
    const parts = [
      await file('p.part10of10.json', JSON.stringify(rows(4, 5))),
      await file('p.part1of10.json', JSON.stringify(rows(0, 2))),
      await file('p.part2of10.json', JSON.stringify(rows(2, 4))),
    ]
    expect(ids(await all(readRecords(parts)))).toEqual(['0', '1', '2', '3', '4'])
    expect(sortParts(['b2', 'b10', 'b1'])).toEqual(['b1', 'b2', 'b10'])
  })

  it('names file, place, problem_id and field', async () => {
    const path = await file(
      'bad.jsonl',
      `${JSON.stringify(row(0))}\n\n{"a":\n${JSON.stringify({ ...row(3), solution: '3', path: undefined })}\n${JSON.stringify(row(4))}`,
    )
    const found = await all(readRecords(path))
    expect(ids(found)).toEqual(['0', 'fault', 'fault', '4'])
    const [, json, fields] = found.map(one => (E.isLeft(one) ? one.left : undefined))
    expect(json).toMatchObject({ _tag: 'BadJson', cause: expect.stringContaining(`${path}, line 3 is not JSON`) })
    expect(fields?._tag).toBe('BadRecord')
    expect(fields?.cause).toContain(`${path}, line 4 (problem_id 3)`)
    expect(fields?.cause).toContain('solution: expected <answer>…</answer> with an answer inside, found "3"')
    expect(fields?.cause).toContain('path: expected a text that is not empty, found nothing')
  })

  it.each([
    ['element 1', JSON.stringify([row(0), { ...row(1), problem_type: 'x' }, row(2)]), ['0', 'fault', '2'], 'BadRecord'],
    ['element 2', JSON.stringify(rows(0, 4)).replace('"q2', 'q2'), ['0', '1', 'fault', '3'], 'BadJson'],
    [
      'element 1',
      JSON.stringify(rows(0, 3)).replace('"},{"problem_id":2', '",{"problem_id":2'),
      ['0', 'fault', '2'],
      'BadJson',
    ],
    ['element 1', JSON.stringify(rows(0, 3)).replace('"q1 é"', '"q1 é'), ['0', 'fault', '2'], 'BadJson'],
    ['element 1', JSON.stringify(rows(0, 3)).replace('"q1 é"', '[[["q1 é"]'), ['0', 'fault', '2'], 'BadJson'],
    ['element 1', JSON.stringify(rows(0, 3)).replace('"q1 é"', 'nulL'), ['0', 'fault', '2'], 'BadJson'],
    ['element 1', `[${JSON.stringify(row(0))},,${JSON.stringify(row(2))}]`, ['0', 'fault', '2'], 'BadJson'],
    [
      'element 1',
      `[${JSON.stringify(row(0))},"${'\\u001b'.repeat(3)},\n${JSON.stringify(row(2))}]`,
      ['0', 'fault', '2'],
      'BadJson',
    ],
    [
      'element 1',
      `[${JSON.stringify(row(0))},${'['.repeat(2e5)}${']'.repeat(2e5)},${JSON.stringify(row(2))}]`,
      ['0', 'fault', '2'],
      'BadJson',
    ],
    [
      'line 2',
      `${JSON.stringify(row(0))}\n${'['.repeat(2e5)}\n${JSON.stringify(row(2))}`,
      ['0', 'fault', '2'],
      'BadJson',
    ],
    ['element 2', JSON.stringify(rows(0, 3)).slice(0, -30), ['0', '1', 'fault'], 'BadJson'],
    ['element 2', `${JSON.stringify(rows(0, 2))} x`, ['0', '1', 'fault'], 'BadJson'],
    ['element 0', '[1]', ['fault'], 'BadRecord'],
    ['empty', ' \n', ['fault'], 'BadJson'],
    ['line 1', '"text"', ['fault'], 'BadRecord'],
  ])('an array with a fault at %s', async (place, content, wanted, tag) => {
    const found = await all(readRecords(await file('faulty.json', content)))
    expect(ids(found)).toEqual(wanted)
    const left = found.find(E.isLeft)?.left
    expect(left?._tag).toBe(tag)
    expect(left?.cause).toContain(place)
  })

  it('a file that is missing, cut, not gzip or not UTF-8 is one fault, and the next part is read', async () => {
    const zipped = gzipSync(JSON.stringify(rows(0, 3000)))
    const good = await file('z.json', JSON.stringify([row(9)]))
    for (const [path, tag] of [
      [join(folder, 'absent.json'), 'NoFile'],
      [folder, 'NoFile'],
      [await file('cut.gz', zipped.subarray(0, zipped.length - 20)), 'BadFile'],
      [await file('notgz.gz', Buffer.from([0x1f, 0x8b, 1, 2, 3])), 'BadFile'],
      [await file('latin.json', Buffer.from([0x5b, 0x22, 0xe9, 0x22, 0x5d])), 'BadFile'],
    ] as const) {
      const faults = (await all(readRecords(path))).filter(E.isLeft)
      expect(
        faults.map(one => one.left._tag),
        path,
      ).toEqual([tag])
      expect(ids(await all(readRecords([path, good]))).at(-1)).toBe('9')
    }
    expect(ids(await all(readRecords([])))).toEqual([])
    expect(ids(await all(readRecords(await file('none.json', '[]'))))).toEqual([])
  })

  it('is bounded: a file of 45 MiB in one breath, a reader that stops early, an endless record', async () => {
    const thousand = gzipSync(`${JSON.stringify(row(1))},`.repeat(1000))
    const big = await file(
      'big.gz',
      Buffer.concat([gzipSync('['), ...Array<Buffer>(300).fill(thousand), gzipSync(`${JSON.stringify(row(2))}]`)]),
    )
    let count = 0
    let peak = 0
    const before = process.memoryUsage().heapUsed
    for await (const one of readValues(big)) {
      if (E.isRight(one)) count += 1
      if (count % 10_000 === 0) peak = Math.max(peak, process.memoryUsage().heapUsed - before)
      if (count === 60_000) break
    }
    expect(count).toBe(60_000)
    expect(peak).toBeLessThan(60 * 1024 * 1024)
    const endless = Buffer.concat(Array<Buffer>(80).fill(gzipSync(Buffer.alloc(1024 * 1024, 'a'))))
    const line = await all(readValues(await file('line.gz', endless)))
    expect(line).toMatchObject([{ left: { cause: expect.stringContaining('line 1 is longer than 67108864') } }])
  })

  it('one line or element of broken UTF-8 leaves the others', async () => {
    const [first, second, third] = rows(0, 3).map(one => Buffer.from(JSON.stringify(one).replace('é', 'e')))
    const broken = Buffer.concat([second ?? Buffer.of(), Buffer.from(' ')])
    broken[broken.indexOf('q1')] = 0xff
    const joined = (parts: readonly (Buffer | string | undefined)[]) =>
      Buffer.concat(parts.map(part => Buffer.from(part ?? '')))
    for (const content of [
      joined([first, '\n', broken, '\n', third]),
      joined(['[', first, ',', broken, ',', third, ']']),
    ]) {
      const found = await all(readRecords(await file('utf8', content)))
      expect(ids(found)).toEqual(['0', 'fault', '2'])
      expect(found.find(E.isLeft)?.left).toMatchObject({
        _tag: 'BadFile',
        cause: expect.stringMatching(/(line 2|element 1) is not UTF-8/),
      })
    }
  })

  test.prop([fc.array(fc.jsonValue({ maxDepth: 3 }), { maxLength: 8 }), fc.boolean(), fc.boolean()], { numRuns })(
    'any JSON values come back from any form',
    async (values, array, zip) => {
      const text = array ? JSON.stringify(values) : values.map(one => JSON.stringify(one)).join('\n')
      fc.pre(array || (values.length > 0 && !text.startsWith('[')))
      const path = await file('any.json', zip ? gzipSync(text) : text)
      const found = await all(readValues(path))
      expect(found.map(one => (E.isRight(one) ? one.right.value : one))).toEqual(JSON.parse(JSON.stringify(values)))
    },
  )
})

/** Texts that look like the structure around them. */
const tricky = ['', '{', 'a"b', '\\', '},{', 'x,y', '[[', 'q\n', '},{"id":']

describe('a damaged array', () => {
  it('loses the elements at the damage and no others, in 98 of 100 places at least', () => {
    const random = randomFrom(7)
    const pick = <A>(from: readonly A[]): A => from[Math.floor(random() * from.length)]!
    let spread = 0
    const rounds = 20 * numRuns
    for (let round = 0; round < rounds; round++) {
      const values = Array.from({ length: 3 + Math.floor(8 * random()) }, (_, id) => ({
        ...{ id, text: pick(tricky), list: pick([[], [{ k: [1, { z: pick(tricky) }] }, pick(tricky)]]) },
      }))
      const text = `[${values.map(one => JSON.stringify(one)).join(pick([',\n', ', ']))}]`
      const at = 2 + Math.floor(random() * (text.length - 3))
      const put = pick(['', '"', '{', '}', ',', 'x', '\\', '\n', ']', '['])
      const damaged = text.slice(0, at) + put + text.slice(at + Math.floor(4 * random()))
      const kept = new Set(cutsOf(damaged))
      const lost = values.flatMap((one, i) => (kept.has(JSON.stringify(one)) ? [] : [i]))
      if (lost.length > 0 && (lost.at(-1) ?? 0) - (lost[0] ?? 0) > 1) spread += 1
    }
    expect(spread / rounds).toBeLessThan(0.02)
  })
  it('is cut in time that follows its length', () => {
    for (const unit of [
      '{"',
      '{"},',
      '{"a":1, ',
      '[',
      '{',
      '",',
      ']',
      '}',
      ',',
      '{"a":[',
      '"\\',
      '{"}}}}"x,',
      '{]',
      '[}',
    ])
      for (const ending of ['', ']', '"x]']) {
        const took = spent(() => cutsOf(`[${unit.repeat((isLong ? 1e6 : 2e5) / unit.length)}${ending}`, 65_536))
        expect(took, unit + ending).toBeLessThan(2)
      }
    const others = `[{"a":1},{"a":2},${'{"b":1},'.repeat(1e5)}{"b":1}]`
    expect(spent(() => expect(cutsOf(others, 262_144).length).toBe(1e5 + 3))).toBeLessThan(2)
  })
  it('is cut alike however its bytes come, when it is whole', () => {
    const text = JSON.stringify(Array.from({ length: 30 }, (_, id) => ({ id, text: tricky[id % tricky.length] })))
    for (let bytes = 1; bytes < 20; bytes++) expect(cutsOf(text, bytes)).toEqual(cutsOf(text))
  })
  it('is cut at its elements, where objects inside of them begin and end as they do', () => {
    const lists = [[], [{ id: 1 }, { id: 2 }], [{ id: { id: 1 } }, { id: 2 }, { z: '}, {"id":' }]]
    for (const between of [',', ', ', ' ,', ',\n  '])
      for (const bytes of [1, 50, 1e6]) {
        const elements = Array.from({ length: 60 }, (_, id) =>
          JSON.stringify({ id, text: tricky[id % tricky.length], list: lists[id % 7 < 5 ? 0 : id % 3] }),
        )
        const found = cutsOf(`[${elements.join(between)}]`, bytes).map(one => one.trimEnd())
        expect(found).toEqual(elements)
      }
  })
  it('an element that is no JSON between two that are ends where the scan says', () => {
    const good = Array.from({ length: 5 }, (_, id) => `{"id":${id}}`)
    const text = `[${[...good, '{"id":1e}', '{"id":{"id":5},{"id":6}', ...good].join(',')}]`
    const cuts = cutsOf(text)
    expect(cuts.slice(0, 6)).toEqual([...good, '{"id":1e}'])
    expect(cuts.slice(-5)).toEqual(good)
  })
})

describe('writers', () => {
  const chain: CotRecord = {
    ...E.getOrElse(() => ({}) as VideoRecord)(videoRecord.decode(row(1))),
    observation: 'o',
    process: 'p',
    output: 'op',
    reward: 1,
    annotator: 'scripted',
  }

  it('writes chains of thought that are read back', async () => {
    const path = join(folder, 'cot.jsonl')
    expect(await writeRecords(cotRecord, path, [chain, chain])()).toEqual(E.right(2))
    expect(await all(readCot(path))).toEqual([E.right(chain), E.right(chain)])
  })

  it('leaves what stood there when the source fails, and nothing beside it', async () => {
    const path = join(folder, 'kept.jsonl')
    await writeJsonl(path, [1])()
    const failing = (function* () {
      yield 2
      throw new Error('no more')
    })()
    expect(await writeJsonl(path, failing)()).toMatchObject({
      left: { _tag: 'CannotWrite', cause: expect.stringContaining('no more') },
    })
    expect(await readFile(path, 'utf8')).toBe('1\n')
    expect((await readdir(folder)).filter(name => name.includes('.tmp'))).toEqual([])
  })

  it('appends', async () => {
    const path = join(folder, 'log.jsonl')
    await appendJsonl(path, [{ a: 1 }])()
    await appendJsonl(path, [{ a: 2 }, { a: 3 }])()
    expect(await readFile(path, 'utf8')).toBe('{"a":1}\n{"a":2}\n{"a":3}\n')
    expect(await appendJsonl(join(folder, 'no', 'log'), [1])()).toMatchObject({ left: { _tag: 'CannotWrite' } })
  })
})

const benchmarks = new URL('../../../shared/benchmarks/', import.meta.url).pathname
const samples = [benchmarks, new URL('../../../../shared/benchmarks/', import.meta.url).pathname].find(existsSync)

describe.skipIf(samples === undefined)('samples of the public evaluation files (skipped: not on this machine)', () => {
  it.each([
    ['mmvu', 6],
    ['mvbench', 6],
    ['videomme', 72],
    ['videommmu', 15],
    ['vsibench', 60],
  ])('%s', async (name, count) => {
    const found = await all(readRecords(join(samples ?? '', `eval_${name}.sample.json`)))
    expect(found.filter(E.isLeft)).toEqual([])
    expect(found.length).toBe(count)
  })
})
