import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { differing } from '../../bench/kill-test/compare.ts'
import { writeStreams } from '../media/streams.ts'
import { type Ended, kinograd } from './config/command.ts'

/** Every case takes two runs of its own. */
const long = process.env.KINOGRAD_FUZZ_RUNS !== undefined

/*
 * Runs of arms at once, and then policies of the evaluation, each in a process of its own: what comes of them is what comes of one after
 * the other, and processes that are killed, of either kind, lose nothing.
 */

const config = `name: beside
seed: 3
backend: wasm
tolerate: 50%
records: questions.jsonl
media: { root: media, frames: 2 }
policy: { tiny: true, optimiser: { clip: 1 } }
prompt: question
rl:
  seeds: 2
  updates: 4
  prompts: 2
  completions: 2
  rate: 1e-4
  loss: { beta: 0 }
  sampling: { maxTokens: 24, temperature: 1 }
  rewards: { perception: none, reasoning: answer }
  arms:
    grpo: { normaliser: { preset: grpo, reward: reasoning } }
    paGrpo: { normaliser: paGrpo }
evaluation: { records: { files: questions.jsonl, take: 12 }, maxTokens: 8, temperature: 0, atOnce: 4, again: { maxTokens: 8, temperature: 1 } }
`

/** One of those that have failed: its clip is no clip. */
const bad = 'clips/bad.mp4'

let folder = ''
const inside = (...path: readonly string[]) => join(folder, ...path)
const run = (
  out: string,
  args: readonly string[],
  more: Pick<Parameters<typeof kinograd>[1], 'killWhen' | 'interruptWhen'> = {},
): Promise<Ended> => kinograd(['run', 'beside.yaml', '--out', out, ...args], { cwd: folder, ...more })
const atOnce = ['--set', 'rl.atOnce=2'] as const

const sameAsOneByOne = (out: string): void => {
  expect(differing(inside('alone'), inside(out))).toEqual([])
  expect(existsSync(inside(out, 'beside'))).toBe(false)
}

/** Resumes a run, which ends as one after the other would have; gives what it came to. */
const resumedAlike = async (out: string, args: readonly string[]): Promise<Ended> => {
  const resumed = await run(out, [...args, '--resume'])
  expect(resumed.code).toBe(0)
  sameAsOneByOne(out)
  return resumed
}

/** Runs with two at once, of which some are killed as soon as that is true; the run itself is not. */
const hurtWhen = async (out: string, isTime: () => boolean, some: (pids: readonly number[]) => readonly number[]) => {
  let hit = false
  const killWhen = (): boolean => {
    if (!hit && isTime()) {
      hit = true
      for (const pid of some(others())) process.kill(pid, 'SIGKILL')
    }
    return false
  }
  const hurt = await run(out, atOnce, { killWhen })
  expect(hit).toBe(true)
  expect(hurt.code).toBe(1)
  return hurt
}

/** Policies that a run has taken over, by its newest savepoint of the evaluation; undefined where there is none. */
const taken = (out: string): readonly string[] | undefined => {
  const path = inside(out, 'phases', 'evaluation.begun.json')
  return existsSync(path) ? Object.keys(JSON.parse(readFileSync(path, 'utf8')).state?.finished ?? {}) : undefined
}
/** Whether a policy that no run has taken over yet is asked beside that run. */
const asking = (out: string, name: string): boolean =>
  existsSync(inside(out, 'beside', 'policies', name, 'outputs.jsonl')) && taken(out)?.includes(name) === false

/** Processes that do tasks beside a run of this folder. */
const others = (): readonly number[] =>
  execFileSync('ps', ['-eo', 'pid=,args='], { encoding: 'utf8' })
    .split('\n')
    .filter(line => line.includes(join('recipe', 'beside', 'child.js')) && line.includes(folder))
    .map(line => Number.parseInt(line, 10))

let [alone, both]: Ended[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'beside-'))
  await mkdir(inside('media', 'clips'), { recursive: true })
  for (const n of [0, 1, 2])
    writeStreams(inside('media', 'clips', `${n}.mp4`), [
      { parts: [{ width: 64, height: 48, count: 8 }], codec: 'libx264' },
    ])
  await writeFile(inside('media', bad), 'no clip')
  const questions = Array.from({ length: 24 }, (_, i) => ({
    ...{ problem_id: i, problem: `How many are there, ${i % 5}?`, data_type: 'video', problem_type: 'numerical' },
    ...{ options: [], solution: `<answer>${i % 3}</answer>`, path: i === 7 ? bad : `clips/${i % 3}.mp4` },
  }))
  await writeFile(inside('questions.jsonl'), questions.map(one => `${JSON.stringify(one)}\n`).join(''))
  await writeFile(inside('beside.yaml'), config)
  alone = await run('alone', [])
  both = await run('both', atOnce)
}, 300_000)
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('arms and policies at once', () => {
  test('end as those one after the other do', () => {
    expect(alone?.err).toBe('')
    expect(both?.err).toBe('')
    expect([alone?.code, both?.code]).toEqual([0, 0])
    for (const title of ['GRPO', 'PA-GRPO'])
      for (const n of [1, 2]) expect(both?.out).toMatch(new RegExp(`done {2}.*${title}, run ${n}`, 'i'))
  })
  test('leave the same logs, outputs, failures and checkpoints, and nothing else', async () => {
    sameAsOneByOne('both')
    expect((await readFile(inside('both', 'failures.jsonl'), 'utf8')).trim().split('\n')[0]).toMatch(/^\{/)
  })
  test('come to the same summary', async () => {
    const [here, there] = await Promise.all(
      ['alone', 'both'].map(async out => {
        const { seconds: _, runs: arms, ...summary } = JSON.parse(await readFile(inside(out, 'summary.json'), 'utf8'))
        const timeless = (_key: string, value: unknown) =>
          ['secondsPerUpdate', 'tokensPerSecond', 'commit'].includes(_key) ? undefined : value
        return JSON.parse(JSON.stringify({ ...summary, arms }, timeless))
      }),
    )
    expect(there).toEqual(here)
  })
  test('go on after a kill of the run, whose processes go with it', async () => {
    const arms = () => existsSync(inside('killed', 'beside', 'arms', 'grpo-run-2', 'rollouts.jsonl'))
    const policies = () => asking('killed', 'grpo-run-1')
    // In the middle of policies; where there is time for it, in the middle of arms before.
    for (const killWhen of long ? [arms, policies] : [policies]) {
      const killed = await run('killed', [...atOnce, '--resume'], { killWhen })
      expect(killed.code).toBe(null)
      for (let waits = 0; others().length > 0 && waits < 100; waits++) await new Promise(done => setTimeout(done, 100))
      expect(others()).toEqual([])
    }
    expect((await resumedAlike('killed', atOnce)).err).toBe('')
  }, 200_000)
  test.runIf(long).each([
    ['one after the other, then at once', 'later', [], ['--set', 'evaluation.policiesAtOnce=2']],
    ['at once, then one after the other', 'earlier', ['--set', 'evaluation.policiesAtOnce=3'], []],
  ])(
    'policies that are killed go on otherwise: %s',
    async (_, out, first, then) => {
      const begun = await run(out, first, {
        killWhen: () => (first.length === 0 ? (taken(out)?.length ?? 0) >= 1 : asking(out, 'paGrpo-run-2')),
      })
      expect(begun.code).toBe(null)
      expect((await resumedAlike(out, then)).err).toBe('')
    },
    200_000,
  )
  test.runIf(long)(
    'a policy is named where its process is killed, and what failed is told as ever',
    async () => {
      const isTime = () => asking('policy', 'grpo-run-1') || asking('policy', 'paGrpo-run-1')
      const hurt = await hurtWhen('policy', isTime, pids => pids)
      expect(hurt.err).toMatch(/evaluation of [\w-]+: a process beside this one ended: killed by SIGKILL/)
      await resumedAlike('policy', atOnce)
    },
    200_000,
  )
  test.runIf(long)(
    'too many failures end the evaluation alike, and with a higher bound it goes on',
    async () => {
      const questions = (await readFile(inside('questions.jsonl'), 'utf8')).trim().split('\n')
      const half = questions.map((line, i) =>
        JSON.stringify({ ...JSON.parse(line), ...(i % 2 === 0 ? { path: bad } : {}) }),
      )
      await writeFile(inside('half.jsonl'), half.map(line => `${line}\n`).join(''))
      const few = (...more: readonly string[]) =>
        ['evaluation.records.files=half.jsonl', ...more].flatMap(setting => ['--set', setting])
      const failures = async (out: string) =>
        (await readFile(inside(out, 'failures.jsonl'), 'utf8')).replaceAll(/"time":[\d.]+/g, '')
      const ends = [await run('few', few('tolerate=20%')), await run('fewBoth', [...few('tolerate=20%'), ...atOnce])]
      for (const { code, err } of ends) {
        expect(code).toBe(5)
        expect(err).toMatch(/evaluation: 25 of \d+ records failed/)
      }
      expect(await failures('fewBoth')).toBe(await failures('few'))
      for (const out of ['few', 'fewBoth']) {
        const resumed = await run(out, [...few('tolerate=60%'), ...(out === 'few' ? [] : atOnce), '--resume'])
        expect(resumed.code).toBe(0)
      }
      expect(differing(inside('few'), inside('fewBoth'))).toEqual([])
    },
    200_000,
  )
  test.runIf(long)(
    'end with the cause where a process of theirs is killed, and go on, one after the other as well',
    async () => {
      const isTime = () => existsSync(inside('hurt', 'beside', 'arms', 'paGrpo-run-1', 'rollouts.jsonl'))
      const hurt = await hurtWhen('hurt', isTime, pids => pids.slice(-1))
      expect(hurt.err).toContain('a process beside this one ended: killed by SIGKILL')
      expect(hurt.err).toContain('--resume goes on from there')
      await resumedAlike('hurt', [])
    },
    200_000,
  )
  test.runIf(long).each([
    ['arms', () => existsSync(inside('stopped-arms', 'beside', 'arms', 'paGrpo-run-1', 'rollouts.jsonl'))],
    ['policies', () => asking('stopped-policies', 'grpo-run-1')],
  ])(
    'save what they do at Ctrl-C, and go on: %s',
    async (kind, interruptWhen) => {
      const out = `stopped-${kind}`
      const stopped = await run(out, atOnce, { interruptWhen })
      expect(stopped.code).toBe(130)
      expect(others()).toEqual([])
      expect(existsSync(inside(out, 'beside', kind))).toBe(true)
      await resumedAlike(out, atOnce)
    },
    200_000,
  )
  test('are not begun where the configuration is another than the run’s', async () => {
    await cp(inside('alone'), inside('other'), { recursive: true })
    const markers = inside('other', 'phases')
    for (const name of await readdir(markers)) if (name.includes('run%202')) await rm(join(markers, name))
    await rm(inside('other', 'summary.json'))
    const ended = await run('other', [...atOnce, '--set', 'rl.rate=2e-4', '--resume'])
    expect(ended.code).toBe(4)
    expect(ended.err).toContain('rl.rate')
  })
})
