import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { either as E } from 'fp-ts'
import { loadPolicy } from 'kinograd/engine/tfjs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findPython, runPython } from '../../../bench/peers/python.ts'
import { type Ended, kinograd } from './command.ts'
import { writeOwnFolder } from './own-folder.ts'

/*
 * What a person has: clips of three codecs, pictures, a folder of pictures, questions under names of their own with a field of their own,
 * a reward that reads it, a checkpoint as a hub has it. One command does SFT, PA-GRPO and an evaluation, is killed on the way and resumed.
 */

let folder = ''
let [killed, resumed]: Ended[] = []
const inside = (...path: readonly string[]) => join(folder, ...path)
const rows = async (name: string): Promise<readonly Record<string, unknown>[]> =>
  (await readFile(inside('run', name), 'utf8'))
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))

/** Whether reinforcement has made its first update. */
const hasUpdated = (): boolean => {
  const log = inside('run', 'phases', 'PA-GRPO.begun.json')
  return existsSync(log) && existsSync(inside('run', 'rollouts.jsonl'))
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'own-'))
  await writeOwnFolder(folder)
  const args = ['run', 'own.yaml', '--out', 'run']
  killed = await kinograd(args, { cwd: folder, killWhen: hasUpdated, limitMs: 400_000 })
  resumed = await kinograd([...args, '--resume'], { cwd: folder, limitMs: 400_000 })
}, 900_000)
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('a run on a folder of one’s own', () => {
  test('is killed in the middle of reinforcement, and goes on to its end', () => {
    expect(killed?.code).toBe(null)
    expect(killed?.out).toContain('begin PA-GRPO')
    expect(killed?.out).not.toContain('done  PA-GRPO')
    expect(resumed?.err).toBe('')
    expect(resumed?.code).toBe(0)
    expect(resumed?.out).toContain('kept  SFT was finished before')
    expect(resumed?.out).toContain('Everything lies in run: report.html')
  })
  test('reads every medium: nothing failed', async () => {
    expect(existsSync(inside('run', 'failures.jsonl')) ? await rows('failures.jsonl') : []).toEqual([])
    const outputs = await rows('outputs.jsonl')
    expect(outputs.length).toBe(3 * 16)
  })
  test('says what each policy reached', async () => {
    const summary = JSON.parse(await readFile(inside('run', 'summary.json'), 'utf8'))
    expect(Object.keys(summary.policies)).toEqual(['base', 'sft', 'paGrpo'])
    expect(summary.policies.paGrpo.evaluated).toBe(16)
    expect(summary.runs.paGrpo.updates).toBe(4)
    const page = await readFile(inside('run', 'report.html'), 'utf8')
    expect(page).toContain('</html>')
  })
  test('asked the reward of one’s own, over the field of one’s own', async () => {
    const rollouts = await rows('rollouts.jsonl')
    const early = rollouts.map(row => {
      const parts = row.parts as { readonly reasoning: { readonly early?: number | null } }
      return parts.reasoning.early
    })
    expect(early.length).toBeGreaterThan(0)
    expect(early.every(value => value === 0 || value === 1)).toBe(true)
    const metrics = (await rows('metrics.jsonl')).filter(({ phase }) => phase === 'PA-GRPO')
    expect(metrics.map(({ step }) => step)).toEqual([0, 1, 2, 3])
  })
})

describe('the policy that it saved', () => {
  const names = [
    'chat_template.jinja',
    'config.json',
    'generation_config.json',
    'model.safetensors',
    'preprocessor_config.json',
    'tokenizer.json',
    'tokenizer_config.json',
  ]
  test('is a whole checkpoint, with other weights than it began with', async () => {
    const saved = inside('run', 'checkpoints', 'paGrpo')
    expect(await readdir(saved)).toEqual(expect.arrayContaining(names))
    for (const name of names.filter(one => !['config.json', 'model.safetensors'].includes(one)))
      expect(await readFile(join(saved, name)), name).toEqual(await readFile(inside('checkpoint', name)))
    const [before, after] = await Promise.all(
      [inside('checkpoint'), saved].map(at => readFile(join(at, 'model.safetensors'))),
    )
    expect(after!.length).toBe(before!.length)
    expect(after!.equals(before!)).toBe(false)
    const loaded = await loadPolicy(saved, { backend: 'wasm' })()
    expect(E.isRight(loaded)).toBe(true)
    if (E.isRight(loaded)) loaded.right.engine.dispose()
  })
  test('loads in transformers, where there is one', async context => {
    const python = await findPython(['torch', 'transformers'])
    if (E.isLeft(python)) return context.skip(`no Python with transformers: ${python.left}`)
    const script = fileURLToPath(new URL('../../../bench/peers/loads.py', import.meta.url))
    const said = await runPython(python.right, script, [inside('run', 'checkpoints', 'paGrpo')], {
      timeoutSeconds: 120,
    })
    expect(said).toEqual(
      E.right(expect.objectContaining({ missing: [], unexpected: [], tokenizer: true, processor: true })),
    )
  })
})
