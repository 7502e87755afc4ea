import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { either as E } from 'fp-ts'
import { loadPolicy, orThrow, promptOf } from 'kinograd'
import { tinyPolicy } from 'kinograd/engine/tfjs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

let folder = ''
let other = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kinograd-policy-'))
  other = await mkdtemp(join(tmpdir(), 'kinograd-policy-'))
  for (const [texts, to] of [
    [['What moves?'], folder],
    [['Quite other words, and more of them'], other],
  ] as const) {
    const { engine, write } = tinyPolicy({ seed: 3, texts })
    orThrow(await write(to)())
    engine.dispose()
  }
})
afterAll(async () => {
  for (const made of [folder, other]) await rm(made, { recursive: true })
})

describe('loadPolicy', () => {
  test('gives the policy that was written: same weights, same tokens', async () => {
    const made = tinyPolicy({ seed: 3, texts: ['What moves?'] })
    const { engine, tokenizer, config, preprocessor } = orThrow(await loadPolicy(folder, { backend: 'cpu' })())
    expect([config.text, config.vision]).toEqual([made.config.text, made.config.vision])
    expect(preprocessor.pixels).toEqual(made.pixels)
    const prompt = orThrow(promptOf(tokenizer, [{ role: 'user', content: 'What moves?' }]))
    const groups = [{ prompt, completions: [Int32Array.of(5, 6)] }]
    expect(orThrow(await engine.logprobs(groups)())).toEqual(orThrow(await made.engine.logprobs(groups)()))
    engine.dispose()
    made.engine.dispose()
  })

  test('an adapter alone is trained, and can be switched off', async () => {
    const adapter = { rank: 2, alpha: 4, targets: ['q_proj'] }
    const { engine, tokenizer } = orThrow(await loadPolicy(folder, { backend: 'cpu', adapter })())
    const prompt = orThrow(promptOf(tokenizer, [{ role: 'user', content: 'What moves?' }]))
    expect(await engine.logprobs([{ prompt, completions: [] }], undefined, { adapter: 'off' })()).toEqual(E.right([]))
    engine.dispose()
  })

  test('what does not fit is a Left, and leaves no tensor behind', async () => {
    const before = tf.memory().numTensors
    const adapter = { rank: 2, alpha: 4, targets: ['no_such_module'] }
    expect(await loadPolicy(folder, { backend: 'cpu', adapter })()).toMatchObject(E.left({ _tag: 'BadAdapter' }))
    expect(await loadPolicy(join(folder, 'nothing'), { backend: 'cpu' })()).toMatchObject(
      E.left({ _tag: 'BadCheckpoint' }),
    )
    for (const name of ['tokenizer.json', 'tokenizer_config.json'])
      await copyFile(join(other, name), join(folder, name))
    expect(await loadPolicy(folder, { backend: 'cpu' })()).toMatchObject(E.left({ _tag: 'BadTokenizer' }))
    await writeFile(join(folder, 'preprocessor_config.json'), '{}')
    expect(await loadPolicy(folder, { backend: 'cpu' })()).toMatchObject(
      E.left({ _tag: 'BadCheckpoint', cause: expect.stringContaining('preprocessor_config.json') }),
    )
    expect(tf.memory().numTensors).toBe(before)
  })
})
