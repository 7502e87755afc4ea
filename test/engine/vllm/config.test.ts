import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { either as E, taskEither as TE } from 'fp-ts'
import { tinyPolicy } from 'kinograd/engine/tfjs'
import type { RecipePolicy } from 'kinograd/recipe'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sampledByVllm, vllmMistakes } from '../../../src/recipe/config/compile/vllm.ts'
import { right } from '../../tinker/either.ts'
import { fixture } from './fixture.ts'
import { toyTrainer } from './toy.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vllm-config-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const vllm = { url: 'http://127.0.0.1:1', adapters: 'adapters' }

describe('policy.vllm of a configuration', () => {
  test('takes an adapter, and weights on this machine', () => {
    expect(vllmMistakes({ vllm, checkpoint: 'x', adapter: { rank: 4 } })).toEqual([])
    expect(vllmMistakes({ vllm, checkpoint: 'x' })[0]?.says).toMatch(/needs policy.adapter/)
    expect(vllmMistakes({ vllm, engine: 'x', adapter: { rank: 4 } })[0]?.says).toMatch(/beside policy.engine/)
    expect(vllmMistakes({ checkpoint: 'x' })).toEqual([])
  })
  test('samples reinforcement and evaluation there, with the key of its file, and fine-tuning nowhere', async () => {
    const tiny = tinyPolicy()
    right(await tiny.write(folder)())
    tiny.engine.dispose()
    await writeFile(join(folder, 'vllm.key'), 'a-key-that-nobody-may-read\n')
    const server = await fixture()
    const trainers: ReturnType<typeof toyTrainer>[] = []
    const policy: RecipePolicy = {
      tokenizer: tiny.tokenizer,
      open: () => {
        trainers.push(toyTrainer())
        return TE.right(trainers.at(-1)!.engine)
      },
      prompt: () => E.left({ _tag: 'None', cause: '', remedy: '' }),
      target: () => E.right(new Int32Array()),
    }
    const setting = { vllm: { ...vllm, url: server.url, key: 'vllm.key' } }
    const sampled = right(await sampledByVllm({ folder }, setting, folder)(policy)())
    const prompts = [{ ids: Int32Array.of(1, 2), media: [] }]
    const sampling = { count: 1, maxTokens: 2, temperature: 1, stop: [], seed: 1 }
    for (const purpose of ['rl', 'evaluation'] as const) {
      const engine = right(await sampled.open(purpose)())
      expect(right(await engine.sample(prompts, sampling)())[0]?.[0]?.ids.length).toBe(2)
      engine.dispose()
    }
    const tuning = right(await sampled.open('sft')())
    expect(E.isLeft(await tuning.sample(prompts, sampling)())).toBe(true)
    expect(server.log.every(({ headers }) => headers.authorization === 'Bearer a-key-that-nobody-may-read')).toBe(true)
    await server.close()
    expect(trainers.slice(0, 2).every(({ state }) => state.disposed)).toBe(true)
  })
})
