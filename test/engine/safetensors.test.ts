import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { either as E } from 'fp-ts'
import { readSafetensors, type StoredTensor, writeSafetensors } from 'kinograd/engine/tfjs'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { fc, test } from '../property.ts'
import { goldenCases, right } from './golden.ts'

const numRuns = Number(process.env.KINOGRAD_FUZZ_RUNS ?? 100)
let room = ''
let files = 0
beforeAll(async () => {
  room = await mkdtemp(join(tmpdir(), 'kinograd-safetensors-'))
})
afterAll(() => rm(room, { recursive: true }))
const fresh = () => join(room, `${files++}.safetensors`)

const float = fc.float({ noNaN: true })
const int = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })
const tensor: fc.Arbitrary<StoredTensor> = fc
  .tuple(fc.constantFrom<StoredTensor['dtype']>('F32', 'I64', 'I32', 'U8'), fc.array(fc.nat(4), { maxLength: 3 }))
  .chain(([dtype, shape]) => {
    const count = shape.reduce((a, b) => a * b, 1)
    const values = (of: fc.Arbitrary<number>) => fc.array(of, { minLength: count, maxLength: count })
    const data =
      dtype === 'F32'
        ? values(float).map(x => Float32Array.from(x))
        : dtype === 'U8'
          ? values(fc.nat(255)).map(x => Uint8Array.from(x))
          : values(int).map(x => Int32Array.from(x))
    return data.map(d => ({ dtype, shape, data: d }))
  })
const names = fc.string({ minLength: 1 }).filter(name => name !== '__metadata__' && name !== '__proto__')
const tensors = fc.array(fc.tuple(names, tensor), { maxLength: 5 }).map(pairs => new Map(pairs))

/** A file from a header and the number of bytes after it. */
const handMade = async (header: unknown, bytes: number): Promise<string> => {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header))
  const prefix = Buffer.alloc(8)
  prefix.writeBigUInt64LE(BigInt(json.length))
  const path = fresh()
  await writeFile(path, Buffer.concat([prefix, json, Buffer.alloc(bytes)]))
  return path
}
const one = (over: object) => ({ w: { dtype: 'F32', shape: [2], data_offsets: [0, 8], ...over } })

describe('safetensors', () => {
  test.prop([tensors, fc.dictionary(names, fc.string())], { numRuns })(
    'what is written is read',
    async (map, metadata) => {
      const path = fresh()
      right(await writeSafetensors(path, map, metadata)())
      const read = right(await readSafetensors(path)())
      expect(new Map([...read.tensors].sort())).toEqual(new Map([...map].sort()))
      expect({ ...read.metadata }).toEqual({ ...metadata })
    },
  )

  test.skipIf(goldenCases.length === 0).each(goldenCases.map(path => [basename(path), path] as const))(
    'the weights of %s are written back byte for byte',
    async (_, path) => {
      const read = right(await readSafetensors(path)())
      const copy = fresh()
      right(await writeSafetensors(copy, read.tensors, read.metadata)())
      expect((await readFile(copy)).equals(await readFile(join(path, 'model.safetensors')))).toBe(true)
    },
  )

  test.prop([fc.array(fc.nat(0xffff), { minLength: 1 })], { numRuns })(
    'every half and bfloat16 survives a round trip',
    async raw => {
      for (const dtype of ['F16', 'BF16'] as const) {
        const kept = raw.filter(h => (dtype === 'F16' ? (h & 0x7c00) !== 0x7c00 : (h & 0x7f80) !== 0x7f80))
        const path = await handMade({ w: { dtype, shape: [kept.length], data_offsets: [0, 2 * kept.length] } }, 0)
        await writeFile(path, Buffer.concat([await readFile(path), Buffer.from(Uint16Array.from(kept).buffer)]))
        const read = right(await readSafetensors(path)())
        const copy = fresh()
        right(await writeSafetensors(copy, read.tensors)())
        const bytes = await readFile(copy)
        expect([
          ...new Uint16Array(
            bytes.buffer.slice(bytes.byteOffset + bytes.length - 2 * kept.length, bytes.byteOffset + bytes.length),
          ),
        ]).toEqual(kept)
      }
    },
  )

  test('halves and bfloat16 round half to even and keep their extremes', async () => {
    const roundTrip = async (dtype: 'F16' | 'BF16', values: readonly number[]) => {
      const path = fresh()
      right(
        await writeSafetensors(
          path,
          new Map([['w', { dtype, shape: [values.length], data: Float32Array.from(values) }]]),
        )(),
      )
      return [...(right(await readSafetensors(path)()).tensors.get('w')?.data ?? [])]
    }
    expect(
      await roundTrip('F16', [
        1,
        1 + 2 ** -11,
        1 + 3 * 2 ** -11,
        65504,
        65520,
        2 ** -24,
        2 ** -25,
        -0,
        1 / 3,
        Number.NaN,
      ]),
    ).toEqual([1, 1, 1 + 2 ** -9, 65504, Number.POSITIVE_INFINITY, 2 ** -24, 0, -0, 0.333251953125, Number.NaN])
    expect(
      await roundTrip('BF16', [1, 1 + 2 ** -8, 1 + 3 * 2 ** -8, 3.3895313892515355e38, -1e-40, Number.NaN]),
    ).toEqual([1, 1, 1 + 2 ** -6, 3.3895313892515355e38, -(2 ** -133), Number.NaN])
  })

  test.each<[string, unknown, number, string]>([
    ['an unknown dtype', one({ dtype: 'F8_E4M3' }), 8, 'w has dtype "F8_E4M3"'],
    ['a shape that does not fit', one({ shape: [3] }), 8, 'takes 12 bytes, its offsets span 8'],
    ['a negative shape', one({ shape: [-2] }), 8, 'w has shape [-2]'],
    ['offsets that run backwards', one({ data_offsets: [8, 0] }), 8, 'its offsets span -8'],
    ['a hole', one({ data_offsets: [4, 12] }), 12, 'w begins at byte 4, the tensor before it ends at 0'],
    [
      'an overlap',
      { ...one({}), v: { dtype: 'U8', shape: [4], data_offsets: [4, 8] } },
      8,
      'v begins at byte 4, the tensor before it ends at 8',
    ],
    ['bytes too many', one({}), 9, 'the tensors take 8 bytes, the file has 9'],
    ['bytes too few', one({}), 7, 'the tensors take 8 bytes, the file has 7'],
    ['a header that is no JSON', '{"w":', 0, 'the header is not JSON'],
    ['a header that is a list', [], 0, 'the header holds no object'],
    ['metadata that is no text', { __metadata__: { step: 1 } }, 0, '__metadata__'],
  ])('%s is a fault with both numbers', async (_, header, bytes, cause) => {
    const read = await readSafetensors(await handMade(header, bytes))()
    expect(read).toMatchObject(E.left({ _tag: 'BadCheckpoint', cause: expect.stringContaining(cause) }))
  })

  test('a cut header, an oversized one, and an empty file are faults', async () => {
    const withLength = async (length: bigint, extra: number) => {
      const path = fresh()
      const prefix = Buffer.alloc(8 + extra)
      prefix.writeBigUInt64LE(length)
      await writeFile(path, prefix)
      return readSafetensors(path)()
    }
    const cause = (text: string) => E.left({ _tag: 'BadCheckpoint', cause: expect.stringContaining(text) })
    expect(await withLength(100n, 20)).toMatchObject(cause('claims 100 bytes, the file has 20'))
    expect(await withLength(2n ** 40n, 20)).toMatchObject(cause('claims 1099511627776 bytes, the limit is 100000000'))
    const empty = fresh()
    await writeFile(empty, '')
    expect(await readSafetensors(empty)()).toMatchObject(cause('the file has 0 bytes'))
  })

  /** Reads bytes as a file: a fault, or no more memory than twice the file (BF16 becomes float32). */
  const readBytes = async (bytes: Uint8Array) => {
    const path = fresh()
    await writeFile(path, bytes)
    const read = await readSafetensors(path)()
    await rm(path)
    if (E.isLeft(read)) expect(read.left._tag).toBe('BadCheckpoint')
    else {
      const held = [...read.right.tensors.values()].reduce((sum, { data }) => sum + data.byteLength, 0)
      expect(held).toBeLessThanOrEqual(2 * bytes.length)
    }
  }
  const plausible = fc
    .tuple(fc.nat(80), fc.uint8Array({ maxLength: 120 }))
    .map(([length, rest]) => Buffer.concat([Buffer.of(length, 0, 0, 0, 0, 0, 0, 0), rest]))
  test.prop([fc.oneof(fc.uint8Array({ maxLength: 120 }), plausible)], { numRuns })(
    'any bytes are read or refused, never thrown at the caller',
    readBytes,
  )
  test.prop([tensors, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }), fc.nat()], {
    numRuns,
  })('so is a file with some bytes changed, or cut', async (map, changes, cut) => {
    const path = fresh()
    right(await writeSafetensors(path, map)())
    const bytes = await readFile(path)
    const header = 8 + Number(bytes.readBigUInt64LE())
    for (const [at, byte] of changes) bytes[at % header] = byte
    await readBytes(bytes)
    await readBytes(bytes.subarray(0, cut % (bytes.length + 1)))
  })
  const count = fc.constantFrom(0, 1, 2, 2 ** 31, 2 ** 32, 2 ** 53 - 1, -1, 0.5, 1e300)
  const entry = fc.record({
    dtype: fc.constantFrom('F32', 'BF16', 'U8', 'F64', '', null),
    shape: fc.array(count, { maxLength: 3 }),
    data_offsets: fc.array(count, { maxLength: 3 }),
  })
  test.prop([fc.dictionary(fc.string({ maxLength: 3 }), fc.oneof(entry, fc.jsonValue())), fc.nat(64)], { numRuns })(
    'so is a header that claims anything',
    async (header, bytes) => readBytes(await readFile(await handMade(header, bytes))),
  )
  test('a header that is no UTF-8 is a fault', async () => {
    const path = await handMade('{"w?":1}', 0)
    const bytes = await readFile(path)
    bytes[11] = 0xff
    await writeFile(path, bytes)
    expect(await readSafetensors(path)()).toMatchObject(E.left({ cause: expect.stringContaining('no UTF-8') }))
  })

  test('an I64 beyond 32 bits is a fault that names its place', async () => {
    const path = await handMade({ w: { dtype: 'I64', shape: [2], data_offsets: [0, 16] } }, 0)
    await writeFile(path, Buffer.concat([await readFile(path), Buffer.from(BigInt64Array.of(-5n, 2n ** 31n).buffer)]))
    expect(await readSafetensors(path)()).toMatchObject(E.left({ cause: expect.stringContaining('w[1] is an I64') }))
  })

  describe('shards', () => {
    const w = (x: number): StoredTensor => ({ dtype: 'F32', shape: [1], data: Float32Array.of(x) })
    const folder = async (weightMap: Record<string, unknown>) => {
      const at = join(room, `shards-${files++}`)
      await mkdir(at)
      right(
        await writeSafetensors(
          join(at, 'x.safetensors'),
          new Map([
            ['a', w(1)],
            ['b', w(2)],
          ]),
        )(),
      )
      right(await writeSafetensors(join(at, 'y.safetensors'), new Map([['c', w(3)]]))())
      await writeFile(join(at, 'model.safetensors.index.json'), JSON.stringify({ metadata: {}, weight_map: weightMap }))
      return at
    }
    test('are read as one', async () => {
      const at = await folder({ a: 'x.safetensors', b: 'x.safetensors', c: 'y.safetensors' })
      const all = right(await readSafetensors(at)()).tensors
      expect([...all].map(([name, t]) => [name, ...t.data])).toEqual([
        ['a', 1],
        ['b', 2],
        ['c', 3],
      ])
      const some = right(await readSafetensors(at, { wants: name => name !== 'b' })()).tensors
      expect([...some.keys()]).toEqual(['a', 'c'])
    })
    test.each<[string, Record<string, unknown>, string]>([
      [
        'a missing shard',
        { a: 'x.safetensors', d: 'z.safetensors', e: 'z.safetensors' },
        'shard z.safetensors with d and 1 more',
      ],
      ['a tensor that its shard lacks', { c: 'x.safetensors' }, 'c is missing'],
      ['a shard outside the folder', { a: '../x.safetensors' }, '"../x.safetensors"'],
    ])('%s is a fault', async (_, weightMap, cause) => {
      const read = await readSafetensors(await folder(weightMap))()
      expect(read).toMatchObject(E.left({ _tag: 'BadCheckpoint', cause: expect.stringContaining(cause) }))
    })
  })

  test('a failed write leaves nothing behind', async () => {
    const at = join(room, 'kept')
    const bad: StoredTensor = { dtype: 'F32', shape: [3], data: new Float32Array(2) }
    expect(await writeSafetensors(join(at, 'm.safetensors'), new Map([['w', bad]]))()).toMatchObject(
      E.left({ cause: 'w has shape [3] for 3 values, its data hold 2' }),
    )
    await mkdir(join(at, 'm.safetensors'), { recursive: true })
    const write = await writeSafetensors(join(at, 'm.safetensors'), new Map())()
    expect(write).toMatchObject(E.left({ _tag: 'BadCheckpoint' }))
    expect(await readdir(at)).toEqual(['m.safetensors'])
  })
})
