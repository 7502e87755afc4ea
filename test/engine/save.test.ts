import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import {
  copyFile,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as tf from '@tensorflow/tfjs-core'
import { either as E } from 'fp-ts'
import type { Engine } from 'kinograd/engine'
import { adamw, chain, clipByGlobalNorm, initialise, writeWeights } from 'kinograd/engine/tfjs'
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { parameterShapes } from '../../src/engine/tfjs/model/shapes.ts'
import { backends, use } from './backends.ts'
import { right } from './golden.ts'
import { livelyAdapter } from './tiny-adapter.ts'
import { tinyConfig } from './tiny-config.ts'
import { fingerprint, noise, promptOf, tinyEngine, weighted, words } from './tiny-engine.ts'

const optimiser = chain(clipByGlobalNorm(1), adamw({ beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.01 }))
const fresh = (seed = 1): Engine => tinyEngine({ seed, optimiser })
const adapting = (): Engine => tinyEngine({ adapter: livelyAdapter(), optimiser })

/** Asks for one update and waits for none of it. */
const ask = (engine: Engine, seed: number): readonly Promise<unknown>[] => [
  engine.forwardBackward([{ prompt: promptOf([noise(seed)]), completions: [words(seed, 6)] }], weighted(seed))(),
  engine.optimStep(1e-2)(),
]
const train = async (engine: Engine, seed: number): Promise<void> => {
  for (const result of await Promise.all(ask(engine, seed))) right(result as E.Either<never, unknown>)
}

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kinograd-save-'))
})
afterEach(() => rm(folder, { recursive: true }))

const manifest = 'kinograd.manifest.json'
const whole = ['config.json', manifest, 'model.safetensors', 'optimiser.safetensors']
const refused = (...causes: readonly string[]) =>
  E.left({
    _tag: 'BadCheckpoint',
    cause: expect.stringMatching(new RegExp(causes.join('.*').replaceAll(/[[\]]/g, '\\$&'))),
  })

/** How many saves are asked for one after the other, and the one from which training goes on. */
const saved = process.env.KINOGRAD_FUZZ_RUNS === undefined ? 8 : 20
const middle = saved >> 1

describe.each(backends)('saves on %s', { timeout: 300_000 }, backend => {
  beforeAll(() => use(backend), 60_000)

  test.each([
    ['of a model', fresh],
    ['of an adapter', adapting],
  ])(
    'many %s, asked for between updates by one who waits for none: each is the policy of its step',
    async (_, make) => {
      const before = tf.memory().numTensors
      const [engine, slow] = [make(), make()]
      const pending: Promise<unknown>[] = []
      const saves: Promise<E.Either<unknown, void>>[] = []
      for (let step = 0; step < saved; step++) {
        pending.push(...ask(engine, step))
        saves.push(engine.save(join(folder, `step-${step}`))())
      }
      for (const save of saves) right(await save)
      await Promise.all(pending)
      for (let step = 0; step < saved; step++) {
        await train(slow, step)
        const other = make()
        right(await other.load(join(folder, `step-${step}`))())
        expect(await fingerprint(other)).toEqual(await fingerprint(slow))
        // The optimiser's state is that of the step as well.
        if (step === middle) {
          const ahead = make()
          for (let s = 0; s <= middle + 1; s++) await train(ahead, s)
          await train(other, middle + 1)
          expect(await fingerprint(other)).toEqual(await fingerprint(ahead))
          ahead.dispose()
        }
        other.dispose()
      }
      engine.dispose()
      slow.dispose()
      expect(tf.memory().numTensors).toBe(before)
    },
  )

  test('updates go on while a save is written, and take nothing from it', async () => {
    const engine = fresh()
    await train(engine, 1)
    const before = await fingerprint(engine)
    const order: string[] = []
    const save = engine
      .save(join(folder, 'a'))()
      .finally(() => order.push('saved'))
    await Promise.all(ask(engine, 2))
    order.push('updated')
    right(await save)
    expect(order).toEqual(['updated', 'saved'])
    const other = fresh(2)
    right(await other.load(join(folder, 'a'))())
    expect(await fingerprint(other)).toEqual(before)
    engine.dispose()
    other.dispose()
  })

  test('two captures are never alive at once; an engine that is disposed of meanwhile is saved to its end', async () => {
    const engine = fresh()
    await train(engine, 1)
    const held = tf.memory().numTensors
    const saves = [1, 2, 3].map(i => engine.save(join(folder, `${i}`))())
    const { numDataBuffers } = tf.memory()
    let most = 0
    for (let done = false; !done; ) {
      done = await Promise.race([saves[2]!.then(() => true), new Promise<false>(r => setImmediate(() => r(false)))])
      most = Math.max(most, tf.memory().numTensors - held)
      // A capture shares the numbers of the model.
      expect(tf.memory().numDataBuffers).toBe(numDataBuffers)
    }
    // Weights, and the optimiser's two vectors.
    expect(most).toBe(parameterShapes(tinyConfig).size + 2)
    const last = engine.save(join(folder, 'last'))()
    await new Promise(resolve => setImmediate(() => setImmediate(resolve)))
    engine.dispose()
    right(await last)
    const other = fresh(2)
    right(await other.load(join(folder, 'last'))())
    other.dispose()
  })

  test('a load that is asked for after a save reads what was saved', async () => {
    const engine = fresh()
    await train(engine, 1)
    const before = await fingerprint(engine)
    const verbs = [engine.save(folder)(), ...ask(engine, 2), engine.load(folder)()]
    for (const verb of verbs) right((await verb) as E.Either<never, unknown>)
    expect(await fingerprint(engine)).toEqual(before)
    engine.dispose()
  })
})

/** All files of a folder with what they hold. */
const contents = async (directory: string): Promise<Readonly<Record<string, string>>> => {
  const names = (await readdir(directory, { withFileTypes: true })).filter(entry => entry.isFile())
  const read = async ({ name }: { readonly name: string }) =>
    [name, await readFile(join(directory, name), 'base64')] as const
  return Object.fromEntries(await Promise.all(names.map(read)))
}

describe('a folder', { timeout: 120_000 }, () => {
  beforeAll(() => use('wasm'), 60_000)

  /** Saves after each of so many updates, one folder each, and gives what the policies say. */
  const savedSteps = async (steps: number, make: () => Engine = fresh): Promise<readonly (readonly number[])[]> => {
    const engine = make()
    const prints: (readonly number[])[] = []
    for (let step = 1; step <= steps; step++) {
      await train(engine, step)
      right(await engine.save(join(folder, `${step}`))())
      prints.push(await fingerprint(engine))
    }
    engine.dispose()
    return prints
  }
  const loaded = async (directory: string, make: () => Engine = () => fresh(2)) => {
    const engine = make()
    const before = await fingerprint(engine)
    const result = await engine.load(directory)()
    const print = await fingerprint(engine)
    if (E.isLeft(result)) expect(print).toEqual(before)
    engine.dispose()
    return { result, print }
  }

  test('holds what it held before, and a manifest', async () => {
    await savedSteps(1)
    expect(await readdir(folder)).toEqual(['1'])
    expect((await readdir(join(folder, '1'))).sort()).toEqual(whole)
    const { format, kind, step, files } = JSON.parse(await readFile(join(folder, '1', manifest), 'utf8'))
    expect([format, kind, step]).toEqual(['kinograd checkpoint 1', 'weights', 1])
    expect(Object.keys(files).sort()).toEqual(whole.filter(name => name !== manifest))
    expect(files['optimiser.safetensors']).toMatchObject({ kind: 'optimiser', step: 1, sha256: expect.any(String) })
  })

  test('that goes on counts its updates on', async () => {
    await savedSteps(2)
    const engine = fresh()
    right(await engine.load(join(folder, '2'))())
    await train(engine, 3)
    right(await engine.save(join(folder, '3'))())
    expect(JSON.parse(await readFile(join(folder, '3', manifest), 'utf8')).step).toBe(3)
    engine.dispose()
  })

  test.each(whole.filter(name => name !== 'config.json'))('with %s of another step is refused', async name => {
    await savedSteps(2)
    await copyFile(join(folder, '1', name), join(folder, '2', name))
    const { result } = await loaded(join(folder, '2'))
    const named = name === manifest ? ['model.safetensors', 'optimiser.safetensors'] : [name]
    expect(result).toMatchObject(refused(...named))
    const { cause } = E.isLeft(result) ? result.left : { cause: '' }
    expect(whole.filter(other => cause.includes(`${other} `))).toEqual(named)
  })

  test.each(whole.filter(name => name !== manifest))('without %s is refused', async name => {
    await savedSteps(1)
    await rm(join(folder, '1', name))
    expect((await loaded(join(folder, '1'))).result).toMatchObject(refused(name, 'missing'))
  })

  test.each(whole)('with one bit of %s flipped is refused, whichever it is', async name => {
    await savedSteps(1)
    const path = join(folder, '1', name)
    const good = await readFile(path)
    for (let i = 0; i < 12; i++) {
      const bad = Buffer.from(good)
      const at = Math.floor(((i + 0.5) / 12) * good.length)
      bad.writeUInt8(bad.readUInt8(at) ^ (1 << (i % 8)), at)
      await writeFile(path, bad)
      expect((await loaded(join(folder, '1'))).result).toMatchObject(refused(name))
    }
  })

  test('that was cut, or has a folder where a file was, is refused', async () => {
    await savedSteps(1)
    await truncate(join(folder, '1', 'optimiser.safetensors'), 100)
    await rm(join(folder, '1', 'model.safetensors'))
    await mkdir(join(folder, '1', 'model.safetensors'))
    expect((await loaded(join(folder, '1'))).result).toMatchObject(
      refused('model.safetensors', 'optimiser.safetensors has 100 bytes'),
    )
  })

  test('with a part that its save did not write is refused', async () => {
    await savedSteps(1)
    const engine = adapting()
    right(await engine.save(join(folder, 'adapter'))())
    engine.dispose()
    await copyFile(join(folder, '1', 'model.safetensors'), join(folder, 'adapter', 'model.safetensors'))
    const { result } = await loaded(join(folder, 'adapter'), adapting)
    expect(result).toMatchObject(refused('model.safetensors is there'))
  })

  test.each([
    ['a list', '[]'],
    ['nothing', ''],
    ['a file outside', JSON.stringify({ files: { '../x': {} } })],
  ])('whose manifest holds %s is refused', async (_, text) => {
    await savedSteps(1)
    await writeFile(join(folder, '1', manifest), text)
    expect((await loaded(join(folder, '1'))).result).toMatchObject(refused(manifest))
  })

  test('without a manifest is taken as it is', async () => {
    const [print] = await savedSteps(1)
    await rm(join(folder, '1', manifest))
    await rm(join(folder, '1', 'config.json'))
    expect((await loaded(join(folder, '1'))).print).toEqual(print)
    const parameters = initialise(tinyConfig, 8)
    right(await writeWeights(join(folder, 'theirs'), tinyConfig, parameters)())
    right((await loaded(join(folder, 'theirs'))).result)
    tf.dispose([...parameters.values()])
  })

  test('keeps what is not of the checkpoint, wherever it is; a link to it stays one', async () => {
    const at = join(folder, 'here')
    await mkdir(join(at, 'logs'), { recursive: true })
    await writeFile(join(at, 'tokenizer.json'), '{}')
    await writeFile(join(at, 'logs', 'a.txt'), 'a')
    await symlink(at, join(folder, 'latest'))
    const engine = tinyEngine({ seed: 1, optimiser, format: { shardBytes: 20_000 } })
    right(await engine.save(join(folder, 'latest'))())
    const shards = (await readdir(at)).filter(name => name.startsWith('model'))
    expect(shards.length).toBeGreaterThan(3)
    const one = fresh(1)
    right(await one.save(`${join(folder, 'latest')}/`)())
    expect((await readdir(at)).sort()).toEqual([...whole, 'logs', 'tokenizer.json'].sort())
    expect(await readFile(join(folder, 'latest', 'logs', 'a.txt'), 'utf8')).toBe('a')
    right((await loaded(at)).result)
    engine.dispose()
    one.dispose()
  })

  test('may hold weights and an adapter that were saved one after the other', async () => {
    const [base, engine] = [fresh(8), adapting()]
    right(await base.save(folder)())
    await train(engine, 1)
    right(await engine.save(folder)())
    const { print } = await loaded(folder, adapting)
    const same = tinyEngine({ seed: 8, adapter: livelyAdapter(), optimiser })
    right(await engine.load(folder)())
    expect(await fingerprint(engine)).toEqual(print)
    expect(
      right(
        await same.logprobs([{ prompt: promptOf([]), completions: [words(1, 3)] }], undefined, { adapter: 'off' })(),
      ),
    ).toEqual(right(await base.logprobs([{ prompt: promptOf([]), completions: [words(1, 3)] }])()))
    // Of weights that lay there before, and had no manifest.
    await rm(join(folder, manifest))
    right(await engine.save(folder)())
    right((await loaded(folder, adapting)).result)
    await truncate(join(folder, 'model.safetensors'), 1000)
    expect((await loaded(folder, adapting)).result).toMatchObject(refused('model.safetensors has 1000 bytes'))
    for (const one of [base, engine, same]) one.dispose()
  })

  test('that two engines save into and a third loads from at the same time is never torn', async () => {
    const [base, engine, third] = [fresh(8), adapting(), adapting()]
    const verbs = [base.save(folder)(), engine.save(folder)(), third.load(folder)(), base.save(folder)()]
    for (const verb of verbs) right(await verb)
    const before = await fingerprint(third)
    right(await third.load(folder, { weightsOnly: true })())
    expect(await fingerprint(third)).toEqual(before)
    // Weights that were taken away on purpose do not stand in the way of the next adapter.
    await rm(join(folder, 'model.safetensors'))
    await rm(join(folder, 'config.json'))
    expect((await loaded(folder, adapting)).result).toMatchObject(refused('config.json', 'model.safetensors'))
    right(await engine.save(folder)())
    right((await loaded(folder, adapting)).result)
    for (const one of [base, engine, third]) one.dispose()
  })

  test('stays as it was, file by file, where a save fails or is cancelled', async () => {
    await savedSteps(1)
    const at = join(folder, '1')
    const before = await contents(at)
    const parameters = new Map(initialise(tinyConfig, 1))
    const name = 'model.norm.weight'
    const large = tf.fill(parameters.get(name)!.shape, 1e30)
    parameters.get(name)!.dispose()
    const engine = tinyEngine({ parameters: parameters.set(name, large), optimiser, format: { dtype: 'F16' } })
    expect(await engine.save(at)()).toMatchObject(refused(name))
    expect(await engine.save(join(folder, 'fresh'))()).toMatchObject(refused(name))
    const controller = new AbortController()
    const other = fresh(3)
    const save = other.save(at, controller.signal)()
    right(await other.logprobs([])())
    controller.abort()
    expect(await save).toMatchObject(E.left({ _tag: 'Cancelled' }))
    expect(await contents(at)).toEqual(before)
    expect(await readdir(folder)).toEqual(['1'])
    expect((await readdir(at)).sort()).toEqual(whole)
    engine.dispose()
    other.dispose()
  })

  test('that is a file, or lies under one: a Left', async () => {
    await writeFile(join(folder, 'file'), 'x')
    const engine = fresh()
    for (const path of ['file', 'file/deeper']) {
      expect(await engine.save(join(folder, path))()).toMatchObject(E.left({ _tag: 'BadCheckpoint' }))
      expect(await engine.load(join(folder, path))()).toMatchObject(E.left({ _tag: 'BadCheckpoint' }))
    }
    expect(await readFile(join(folder, 'file'), 'utf8')).toBe('x')
    engine.dispose()
  })

  test('whose save was interrupted after it counted is finished by the next who comes', async () => {
    const prints = await savedSteps(2)
    const [old, next] = [join(folder, '1'), join(folder, '2')]
    const files = await readdir(next)
    // So many of its files are in their places when the process is killed.
    for (let moved = 0; moved <= files.length; moved++) {
      const at = join(folder, `at-${moved}`)
      await cp(old, at, { recursive: true })
      await cp(next, join(at, '.kinograd-saved'), { recursive: true })
      await mkdir(join(at, '.kinograd-writing-x'))
      const order = [...files.filter(name => name !== manifest), manifest]
      for (const name of order.slice(0, moved)) await rename(join(at, '.kinograd-saved', name), join(at, name))
      const { result, print } = await loaded(at)
      right(result)
      expect(print).toEqual(prints[1])
      expect(existsSync(join(at, '.kinograd-saved'))).toBe(false)
      const engine = fresh(5)
      right(await engine.save(at)())
      engine.dispose()
      expect((await readdir(at)).sort()).toEqual(whole)
    }
  })
})

/** Trains for ever and saves after each update, into one folder, or into one folder a step. */
const program = (at: string, perStep: boolean) => `
import { initialise, selectBackend, adamw, tfjsEngine } from ${JSON.stringify(fileURLToPath(new URL('../../dist/engine/tfjs/index.js', import.meta.url)))}
await selectBackend({ backend: 'wasm' })()
const config = ${JSON.stringify(tinyConfig)}
const optimiser = adamw({ beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0 })
const engine = tfjsEngine({ config, parameters: initialise(config, 3), optimiser, format: { shardBytes: 20_000 } })
const objective = logprobs => ({ loss: 0, metrics: {}, gradient: logprobs.map(part => part.map(() => 1)) })
const groups = [{ prompt: { ids: Int32Array.of(5, 6), media: [] }, completions: [Int32Array.of(7, 8)] }]
process.send('ready')
for (let step = 1; ; step++) {
  await engine.forwardBackward(groups, objective)()
  await engine.optimStep(1e-2)()
  const saved = await engine.save(${JSON.stringify(at)} + (${perStep} ? step : ''))()
  if (saved._tag === 'Left') throw new Error(saved.left.cause)
  process.send(step)
}`

describe('a process that is killed while it saves', { timeout: 120_000 }, () => {
  beforeAll(() => use('wasm'), 60_000)
  const children: ChildProcess[] = []
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL')
  })
  /** Kills the process so many milliseconds after its third save; gives the last step that it said was saved. */
  const killed = async (at: string, perStep: boolean, delay: number): Promise<number> => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', program(at, perStep)], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      timeout: 60_000,
    })
    children.push(child)
    let last = 0
    let errors = ''
    child.stderr?.on('data', data => {
      errors += data
    })
    child.on('message', step => {
      if (typeof step !== 'number') return
      last = step
      if (step === 3) setTimeout(() => child.kill('SIGKILL'), delay)
    })
    const signal = await new Promise(resolve => child.on('exit', (_, by) => resolve(by)))
    expect([signal, errors]).toEqual(['SIGKILL', ''])
    return last
  }
  const groups = [{ prompt: { ids: Int32Array.of(5, 6), media: [] }, completions: [Int32Array.of(7, 8)] }]
  const pull = (logprobs: readonly Float64Array[]) => ({
    loss: 0,
    metrics: {},
    gradient: logprobs.map(part => part.map(() => 1)),
  })
  const adam = adamw({ beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0 })
  const printAt = async (step: number): Promise<readonly number[]> => {
    const engine = tinyEngine({ optimiser: adam })
    for (let i = 0; i < step; i++) {
      right(await engine.forwardBackward(groups, pull)())
      right(await engine.optimStep(1e-2)())
    }
    const print = await fingerprint(engine)
    engine.dispose()
    return print
  }

  test.each([0, 3, 7, 11])('%s ms later: the folder holds the last save or the one on its way', async delay => {
    const at = join(folder, 'policy')
    const last = await killed(at, false, delay)
    const engine = tinyEngine({ optimiser: adam })
    right(await engine.load(at)())
    const { step } = JSON.parse(await readFile(join(at, manifest), 'utf8'))
    expect([last, last + 1, last + 2]).toContain(step)
    expect(await fingerprint(engine)).toEqual(await printAt(step))
    right(await engine.save(at)())
    expect((await readdir(at)).sort()).toEqual([...whole].sort())
    engine.dispose()
  })

  test('one folder a step: each that is there is whole', async () => {
    const last = await killed(join(folder, 'step-'), true, 5)
    const there = (await readdir(folder)).filter(name => name.startsWith('step-'))
    expect(there.length).toBeGreaterThanOrEqual(last)
    for (const name of there) {
      const engine = tinyEngine({ optimiser: adam })
      right(await engine.load(join(folder, name))())
      engine.dispose()
    }
  })
})
