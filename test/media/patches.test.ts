import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type Frames, patches, qwenMean, qwenStd, resize, secondsPerGrid } from 'kinograd/media'
import { describe, expect } from 'vitest'
import { fc, test } from '../property.ts'
import { left, right } from './scene.ts'

const golden = resolve('../shared/golden/qwen25vl')
const there = existsSync(golden)
if (!there) console.warn('the goldens of ../shared are absent: patch rows are not compared with them')

/** What transforms.v2 of torchvision made of drawn pictures, as hashes of the bytes (make-resized.py). */
const { cases: torchvision } = JSON.parse(readFileSync(new URL('resized.json', import.meta.url), 'utf8')) as {
  readonly cases: readonly {
    readonly seed: number
    readonly size: readonly [height: number, width: number]
    readonly to: readonly [height: number, width: number]
    readonly sha256: string
  }[]
}

const filled = (count: number, height: number, width: number, value: (i: number) => number): Frames => ({
  data: Uint8Array.from({ length: count * height * width * 3 }, (_, i) => value(i)),
  count,
  height,
  width,
  times: Array.from({ length: count }, (_, i) => i),
})

interface Tensor {
  readonly shape: readonly number[]
  readonly bytes: Uint8Array
}

const safetensors = (path: string): Record<string, Tensor> => {
  const file = readFileSync(path)
  const start = 8 + Number(file.readBigUInt64LE(0))
  const head = JSON.parse(file.toString('utf8', 8, start)) as Record<
    string,
    { shape: number[]; data_offsets: [number, number] }
  >
  return Object.fromEntries(
    Object.entries(head)
      .filter(([name]) => name !== '__metadata__')
      .map(
        ([
          name,
          {
            shape,
            data_offsets: [from, to],
          },
        ]) => [name, { shape, bytes: Uint8Array.from(file.subarray(start + from, start + to)) }],
      ),
  )
}

describe('patch rows', () => {
  test.skipIf(!there).each(there ? readdirSync(golden) : ['absent'])('equal those of the golden case %s', name => {
    const tensors = safetensors(join(golden, name, 'case.safetensors'))
    const check = (input: Tensor, expected: Tensor, kind: 'image' | 'video') => {
      const [count, height, width] = (kind === 'image' ? [1, ...input.shape] : input.shape) as [number, number, number]
      const frames = { data: input.bytes, count, height, width, times: [] }
      const ours = right(patches(frames, { secondsPerGrid: 1, kind })).values
      expect(ours).toEqual(new Float32Array(expected.bytes.buffer))
    }
    check(tensors.frames as Tensor, tensors.pixel_values_videos as Tensor, 'video')
    if (tensors.image) check(tensors.image, tensors.pixel_values as Tensor, 'image')
  })

  test.prop([fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })])(
    'hold every pixel at its place',
    (count, blocksDown, blocksAcross) => {
      const [height, width] = [28 * blocksDown, 28 * blocksAcross]
      const frames = filled(count, height, width, i => (i * 31 + (i >> 5)) & 255)
      const { values, grid } = right(patches(frames, { secondsPerGrid: 1 }))
      expect(grid).toEqual([Math.ceil(count / 2), height / 14, width / 14])
      for (let k = 0; k < 200; k++) {
        const at = (k * 7919) % values.length
        const row = Math.floor(at / 1176)
        const [c, dt, y, x] = [
          Math.floor((at % 1176) / 392),
          Math.floor((at % 392) / 196),
          Math.floor((at % 196) / 14),
          at % 14,
        ]
        const perTime = grid[1] * grid[2]
        const block = Math.floor((row % perTime) / 4)
        const py = 2 * Math.floor(block / (grid[2] / 2)) + (Math.floor((row % 4) / 2) % 2)
        const px = 2 * (block % (grid[2] / 2)) + (row % 2)
        const frame = Math.min(2 * Math.floor(row / perTime) + dt, count - 1)
        const byte = frames.data[((frame * height + 14 * py + y) * width + 14 * px + x) * 3 + c] as number
        expect(values[at]).toBeCloseTo((byte / 255 - (qwenMean[c] as number)) / (qwenStd[c] as number), 5)
      }
    },
  )

  test('refuse sides that are no multiples of 28, with both numbers', () => {
    const fault = left(
      patches(
        filled(2, 28, 42, () => 0),
        { secondsPerGrid: 1 },
      ),
    )
    expect(fault._tag).toBe('BadSize')
    expect(fault.cause).toContain('42×28')
  })

  test('seconds a grid: 16 of 300 frames at 30 fps are 1.6 fps', () => {
    expect(secondsPerGrid({ frameCount: 300, fps: 30 }, 16)).toBeCloseTo(2 / 1.6, 12)
  })
})

describe('resizing', () => {
  test.prop([fc.nat(255), fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 40 })])(
    'keeps a plain colour plain',
    (value, height, width) => {
      const out = right(
        resize(
          filled(2, 13, 17, () => value),
          height,
          width,
        ),
      )
      expect(out.data.every(byte => byte === value)).toBe(true)
    },
  )

  test.prop([fc.integer({ min: 2, max: 30 }), fc.integer({ min: 2, max: 30 }), fc.integer({ min: 1, max: 60 })])(
    'commutes with mirroring',
    (height, width, to) => {
      const frames = filled(1, height, width, i => (i * i * 13 + i * 7) & 255)
      const mirror = (f: Frames): Frames => ({
        ...f,
        data: Uint8Array.from(f.data, (_, i) => {
          const [c, x, y] = [i % 3, Math.floor(i / 3) % f.width, Math.floor(i / 3 / f.width)]
          return f.data[(y * f.width + f.width - 1 - x) * 3 + c] as number
        }),
      })
      const a = right(resize(mirror(frames), to, to)).data
      const b = mirror(right(resize(frames, to, to))).data
      for (let i = 0; i < a.length; i++) expect(Math.abs((a[i] as number) - (b[i] as number))).toBeLessThanOrEqual(1)
    },
  )

  test.each(torchvision)(
    'in fixed point is that of torchvision to the byte, $size to $to',
    ({ seed, size, to, sha256 }) => {
      const [height, width] = size
      const data = Uint8Array.from({ length: height * width * 3 }, (_, i) => {
        const [c, x, y] = [i % 3, Math.floor(i / 3) % width, Math.floor(i / 3 / width)]
        return ((3 * y + 2 * x + 17 * c + 5 * seed) % 200) + 20
      })
      const frames = { data, count: 1, height, width, times: [0] }
      const [fixed, float] = (['fixed', 'float'] as const).map(how => right(resize(frames, ...to, how)).data)
      expect(createHash('sha256').update(fixed!).digest('hex')).toBe(sha256)
      expect(Math.max(...fixed!.map((byte, i) => Math.abs(byte - float![i]!)))).toBeLessThanOrEqual(1)
    },
  )

  test('refuses an empty target', () => {
    expect(
      left(
        resize(
          filled(1, 4, 4, () => 0),
          0,
          112,
        ),
      )._tag,
    ).toBe('BadSize')
  })
})
