import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { either as E } from 'fp-ts'
import type { TrainGroup } from 'kinograd/engine'
import {
  initialise,
  type Parameters,
  readSafetensors,
  readWeights,
  type Storage,
  type StoredTensor,
  writeSafetensors,
  writeWeights,
} from 'kinograd/engine/tfjs'
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { disposeParameters } from '../../src/engine/tfjs/model/parameters.ts'
import { inGraphs } from '../../src/engine/tfjs/native/graph/in-graphs.ts'
import { residenceOf } from '../../src/engine/tfjs/sample/decode/residence.ts'
import { packed, packingOf } from '../../src/engine/tfjs/tensors/packed.ts'
import { packBrain, packBytes, unpack } from '../../src/engine/tfjs/tensors/unpack.ts'
import { asFloats, inPieces } from '../../src/engine/tfjs/tensors/widen.ts'
import { fc, test as propertyTest } from '../property.ts'
import { backends, use } from './backends.ts'
import { right } from './golden.ts'
import { everything, livelyAdapter } from './tiny-adapter.ts'
import { tinyConfig } from './tiny-config.ts'
import {
  apart,
  descent,
  fingerprint,
  gradientEngine,
  noise,
  promptOf,
  sampling,
  tinyEngine,
  weighted,
  words,
} from './tiny-engine.ts'

const untied = { ...tinyConfig, text: { ...tinyConfig.text, tied: false } }

describe('numbers in words', () => {
  const floats = fc
    .array(fc.float({ noNaN: true, noDefaultInfinity: true, min: Math.fround(-1e30), max: Math.fround(1e30) }), {
      minLength: 4,
      maxLength: 64,
    })
    .map(values => Float32Array.from(values.slice(0, values.length - (values.length % 4))))

  propertyTest.prop([floats])('BF16: packed twice is packed once, and within 2^-8', values => {
    const once = unpack(packBrain(values), 'BF16', [1, values.length])
    expect(unpack(packBrain(once), 'BF16', [1, values.length])).toEqual(once)
    for (const [i, x] of values.entries())
      expect(Math.abs(once[i]! - x)).toBeLessThanOrEqual(Math.abs(x) * 2 ** -8 + 1e-38)
  })

  /** More than 127 times what a factor, which is a float32, is off by where such numbers end. */
  const atTheirEnd = 2 ** -142

  propertyTest.prop([floats])('8 bits: no number is off by more than half a factor of its row', values => {
    const back = unpack(packBytes(values, values.length), 'I8', [1, values.length])
    const most = values.reduce((a, x) => Math.max(a, Math.abs(x)), 0)
    for (const [i, x] of values.entries())
      expect(Math.abs(back[i]! - x)).toBeLessThanOrEqual((most / 254) * 1.00001 + atTheirEnd)
  })
})

/** An adapter whose modules differ in rank and scale, and do not see all in training. */
const asPublished = { rankPattern: { q_proj: 2, down_proj: 5 }, alphaPattern: { v_proj: 9 }, dropout: 0.25 }

describe.each(backends)('weights as they are stored, %s', backend => {
  let folder = ''
  beforeAll(() => use(backend), 60_000)
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'storage-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  const write = async (dtype: 'F32' | 'F16' | 'BF16', config = tinyConfig, shardBytes = Number.POSITIVE_INFINITY) => {
    const made = initialise(config, 3)
    right(await writeWeights(folder, config, made, { dtype, shardBytes })())
    disposeParameters(made)
  }
  const read = async (storage: Storage, config = tinyConfig): Promise<Parameters> =>
    right(await readWeights(folder, config, { storage })()).parameters
  const bytes = (parameters: Parameters): number => [...parameters.values()].reduce((sum, x) => sum + 4 * x.size, 0)
  const groups = (): readonly TrainGroup[] => [
    { prompt: promptOf([noise(1)]), completions: [words(5, 9), words(6, 4)] },
    { prompt: promptOf([]), completions: [words(7, 3)] },
  ]

  test.each(['BF16', 'F16'] as const)(
    '%s: log-probabilities of an adapted model are those of float32 to the bit, and so is its gradient to rounding',
    async dtype => {
      await write(dtype, tinyConfig, 20_000)
      const said = async (storage: Storage) => {
        const parameters = await read(storage)
        const adapter = livelyAdapter({ targets: everything, ...asPublished })
        const before = tf.memory().numBytes
        const stored = bytes(parameters)
        const made = gradientEngine({ parameters, adapter, checkpointing: storage === 'auto' })
        // The engine makes no other weights of these.
        const more = tf.memory().numBytes - before
        const logprobs = right(await made.engine.logprobs(groups())())
        const base = right(await made.engine.logprobs(groups(), undefined, { adapter: 'off' })())
        const gradient = await made.gradient(groups(), weighted())
        made.engine.dispose()
        return { logprobs, base, gradient, stored, more }
      }
      const [packed, plain] = [await said('auto'), await said('float32')]
      expect(packed.logprobs).toEqual(plain.logprobs)
      expect(packed.base).toEqual(plain.base)
      expect(packed.gradient.length).toBeGreaterThan(1000)
      expect(apart(packed.gradient, plain.gradient)).toBeLessThan(1e-6)
      expect(packed.stored).toBeLessThan(0.53 * plain.stored)
      expect(packed.more).toBe(plain.more)
    },
    60_000,
  )

  test('merged into packed weights and saved: what merging into float32 gives, to the bit', async () => {
    await write('BF16')
    const saved = async (storage: Storage) => {
      const adapter = livelyAdapter({ targets: everything, ...asPublished })
      const engine = tinyEngine({ parameters: await read(storage), adapter })
      const place = join(folder, storage)
      const before = tf.memory().numTensors
      right(await engine.save(place, { merged: true })())
      expect(tf.memory().numTensors).toBe(before)
      engine.dispose()
      const { parameters } = right(await readWeights(place, tinyConfig)())
      const numbers = [...parameters].map(([name, x]) => [name, x.shape, x.dataSync<'float32'>()] as const)
      disposeParameters(parameters)
      return numbers
    }
    expect(await saved('auto')).toEqual(await saved('float32'))
  })

  test.each([tinyConfig, untied])('what is sampled from BF16 is what float32 gives', async config => {
    await write('BF16', config)
    const sampled = async (storage: Storage) => {
      const engine = tinyEngine({ config, parameters: await read(storage, config), adapter: livelyAdapter() })
      const [group = []] = right(await engine.sample([promptOf([noise(1)])], sampling({ temperature: 0 }))())
      engine.dispose()
      return group.map(({ ids, logprobs }) => ({ ids, logprobs }))
    }
    const [packed, plain] = [await sampled('auto'), await sampled('float32')]
    packed.forEach(({ ids, logprobs }, i) => {
      expect(ids).toEqual(plain[i]?.ids)
      expect(apart(logprobs, plain[i]?.logprobs ?? [])).toBeLessThan(1e-5)
    })
  })

  test.each([
    ['auto', tinyConfig],
    ['auto', untied],
    ['int8', untied],
  ] as const)(
    '%s: the kernel reads weights where tensors have them, and samples what it does from a copy',
    async (storage, config) => {
      await write('BF16', config)
      const sampled = async (parameters: Parameters) => {
        const engine = tinyEngine({ config, parameters, adapter: livelyAdapter() })
        const rollout = async () => right(await engine.sample([promptOf([noise(1)])], sampling({ temperature: 0.7 }))())
        const [first, again] = [await rollout(), await rollout()]
        expect(again).toEqual(first)
        const says = await fingerprint(engine)
        engine.dispose()
        return [first, says]
      }
      const there = await read(storage, config)
      // tfjs's WebAssembly has tensors in a memory of its own.
      expect(residenceOf(there, config)?.stored).toBe(
        backend === 'wasm' ? undefined : storage === 'int8' ? 'I8' : 'BF16',
      )
      const copied = new Map(
        [...there].map(([name, x]) => {
          const packing = packingOf(x)
          return [name, packing === undefined ? tf.clone(x) : packed(x.dataSync<'int32'>().slice(), packing)]
        }),
      )
      expect(residenceOf(copied, config)).toBeUndefined()
      const mixed = new Map(there).set(
        'model.layers.1.mlp.up_proj.weight',
        copied.get('model.layers.1.mlp.up_proj.weight')!,
      )
      expect(residenceOf(mixed, config)).toBeUndefined()
      const ours = await sampled(there)
      expect(await sampled(copied)).toEqual(ours)
    },
  )

  test('8 bits: every number is what its row makes of it, and the model computes with these', async () => {
    await write('F32', untied)
    const [bytesEach, plain] = [await read('int8', untied), await read('float32', untied)]
    const dequantised = new Map(
      [...bytesEach].map(([name, x]) => [name, packingOf(x) === undefined ? tf.clone(x) : asFloats(x)]),
    )
    for (const [name, x] of bytesEach) {
      const packing = packingOf(x)
      if (packing === undefined) continue
      const columns = packing.shape.slice(1).reduce((a, b) => a * b, 1)
      const numbers = plain.get(name)!.dataSync<'float32'>()
      expect(dequantised.get(name)?.dataSync()).toEqual(unpack(packBytes(numbers, columns), 'I8', packing.shape))
    }
    expect(bytes(bytesEach)).toBeLessThan(0.35 * bytes(plain))
    const given = (parameters: Parameters) => tinyEngine({ config: untied, parameters, adapter: livelyAdapter() })
    const [ours, theirs] = [given(bytesEach), given(dequantised)]
    expect(await fingerprint(ours)).toEqual(await fingerprint(theirs))
    for (const engine of [ours, theirs]) engine.dispose()
    disposeParameters(plain)
  })

  test('layers of which something is trained become float32, and learn as they did', async () => {
    await write('BF16')
    const trained = async (storage: Storage, options: Parameters | undefined = undefined) => {
      const engine = tinyEngine({
        parameters: options ?? (await read(storage)),
        optimiser: descent,
        frozen: ['vision'],
      })
      right(await engine.forwardBackward(groups(), weighted())())
      right(await engine.optimStep(0.01)())
      const says = await fingerprint(engine)
      engine.dispose()
      return says
    }
    expect(await trained('auto')).toEqual(await trained('float32'))
  })

  test('a folder that is loaded into packed weights stays packed where it can', async () => {
    await write('BF16')
    const engine = tinyEngine({ parameters: await read('auto'), adapter: livelyAdapter() })
    const [says, held] = [await fingerprint(engine), tf.memory().numBytes]
    const again = join(folder, 'again')
    const floats = await read('float32')
    right(await writeWeights(again, tinyConfig, floats)())
    disposeParameters(floats)
    right(await engine.load(again, { weightsOnly: true })())
    expect(await fingerprint(engine)).toEqual(says)
    expect(tf.memory().numBytes).toBe(held)
    engine.dispose()
  })

  test('all that was read is freed where a later weight is none', async () => {
    const before = tf.memory().numTensors
    for (const [dtype, what] of [
      ['BF16', 'Infinity'],
      ['F16', '-Infinity'],
      ['F32', 'NaN'],
    ] as const) {
      await write(dtype)
      const file = join(folder, 'model.safetensors')
      const all = new Map<string, StoredTensor>(right(await readSafetensors(file)()).tensors)
      const name = 'model.layers.1.mlp.up_proj.weight'
      const data = Float32Array.from(all.get(name)?.data ?? [])
      data[41] = Number(what)
      all.set(name, { ...all.get(name)!, data })
      right(await writeSafetensors(file, all)())
      for (const storage of ['auto', 'float32', 'int8'] as const) {
        const result = await readWeights(folder, tinyConfig, { storage })()
        expect(result).toMatchObject(
          E.left({ cause: expect.stringContaining(`${name}[41] is ${what}, no finite number`) }),
        )
      }
    }
    expect(tf.memory().numTensors).toBe(before)
  })

  test('tables that are larger than a piece are used piece by piece', async () => {
    const rows = 5000
    const values = Float32Array.from({ length: rows * 4096 }, (_, i) => (i % 251) / 128)
    const words = packed(packBrain(values), { type: 'BF16', shape: [rows, 4096] })
    const sizes = inPieces(words, (piece, from) => {
      const begins = tf.tidy(() => tf.slice(piece, [0, 0], [1, 3]).dataSync())
      expect([...begins]).toEqual([...values.subarray(from * 4096, from * 4096 + 3)])
      return piece.shape[0]
    })
    expect(sizes).toEqual([4096, 904])
    // More than enough numbers for a session of TensorFlow, where there is one.
    const rowsOf = inGraphs(() => tf.tidy(() => tf.max(asFloats(words), 1).dataSync()))
    expect(new Set(rowsOf)).toEqual(new Set([250 / 128]))
    words.dispose()
  })
})
