import { existsSync } from 'node:fs'
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { either as E, taskEither as TE } from 'fp-ts'
import * as t from 'io-ts'
import { type Fault, fault } from 'kinograd/flow'
import {
  freeSpace,
  metricRow,
  openRun,
  phase,
  phaseSeconds,
  type RolloutRow,
  type Run,
  type RunOptions,
  readRows,
  requireSpace,
} from 'kinograd/run'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

let folder = ''
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'kinograd-run-')), 'run')
})
afterEach(() => rm(join(folder, '..'), { recursive: true }))

const config = { seed: 1, rl: { learningRate: 1e-4, arms: ['grpo', 'paGrpo'] } }
const open = (more: Partial<RunOptions> = {}) =>
  openRun({ directory: folder, config, resume: false, env: {}, now: () => 1000, ...more })()
const opened = async (more: Partial<RunOptions> = {}): Promise<Run> => {
  const run = await open(more)
  if (E.isLeft(run)) throw new Error(run.left.cause)
  return run.right
}
const read = (name: string) => readFile(join(folder, name), 'utf8')
const eventFiles = async () => (await readdir(folder)).filter(name => name.startsWith('events.out.tfevents.'))
const rollout: RolloutRow = {
  phase: 'rl',
  step: 0,
  id: '1',
  problem: 'q',
  problemType: 'numerical',
  answer: '1',
  completion: 'x',
  rewards: { reasoning: null },
  advantages: { reasoning: 0 },
}

describe('a run folder', () => {
  it('holds settings, metrics, rollouts, failures, TensorBoard events', async () => {
    const run = await opened()
    expect(run.resumed).toBe(false)
    await run.metrics({ phase: 'rl/paGrpo', step: 3, values: { reward: 0.5, kl: Number.NaN } })()
    await run.rollouts([rollout, rollout])()
    await run.failure({ phase: 'rl', item: '7', stage: 'decode', tag: 'NotAVideo', cause: 'c', remedy: 'r' })()
    await run.close()
    expect(JSON.parse(await read('config.json'))).toEqual(config)
    expect(await read('metrics.jsonl')).toBe(
      '{"time":1,"phase":"rl/paGrpo","step":3,"values":{"reward":0.5,"kl":null}}\n',
    )
    expect((await read('rollouts.jsonl')).split('\n').length).toBe(3)
    expect(JSON.parse(await read('failures.jsonl'))).toMatchObject({ time: 1, item: '7', tag: 'NotAVideo' })
    const [events = ''] = await eventFiles()
    expect((await readFile(join(folder, events))).includes('rl/paGrpo/reward')).toBe(true)
    expect(existsSync(join(folder, 'lock'))).toBe(false)
    expect(existsSync(join(folder, 'checkpoints'))).toBe(true)
  })

  it('is not overwritten, and not resumed under other settings', async () => {
    await (await opened()).close()
    expect(await open()).toMatchObject({ left: { _tag: 'RunExists', remedy: expect.stringContaining('--resume') } })
    const other = await open({ resume: true, config: { seed: 2, rl: { ...config.rl, learningRate: 2e-4 } } })
    const cause = expect.stringContaining('rl.learningRate = 0.0001, now it is 0.0002 (also seed)')
    expect(other).toMatchObject({ left: { _tag: 'OtherConfig', cause } })
    const same = await opened({ resume: true, config: { rl: config.rl, seed: 1 } })
    expect(same.resumed).toBe(true)
    await same.close()
    expect(await open({ resume: true, config: { ...config, more: 1 } })).toMatchObject({
      left: { cause: expect.stringContaining('more = nothing, now it is 1') },
    })
  })

  it('is used by one process; the lock of a process that has ended is taken over', async () => {
    const lock = join(folder, 'lock')
    const run = await opened()
    expect(await open({ resume: true })).toMatchObject({ left: { _tag: 'Locked' } })
    await run.close()
    await writeFile(lock, `${process.ppid} ${hostname()}\n`)
    expect(await open({ resume: true })).toMatchObject({
      left: { _tag: 'Locked', cause: expect.stringContaining(`process ${process.ppid}`) },
    })
    await writeFile(lock, '7 another-machine\n')
    expect(await open({ resume: true })).toMatchObject({ left: { _tag: 'Locked' } })
    // The last is a number that another process has by now.
    const ended = [`4194303 ${hostname()}`, `${process.pid} ${hostname()}`]
    if (process.platform === 'linux') ended.push(`${process.ppid} ${hostname()} 1`)
    for (const line of ended) {
      await writeFile(lock, `${line}\n`)
      await (await opened({ resume: true })).close()
    }
  })

  it('opened ten times at once is opened once', async () => {
    await (await opened()).close()
    await writeFile(join(folder, 'lock'), `4194303 ${hostname()}\n`)
    const all = await Promise.all(Array.from({ length: 10 }, () => open({ resume: true })))
    expect(all.filter(E.isRight).length).toBe(1)
    for (const one of all) if (E.isRight(one)) await one.right.close()
  })

  it('survives a kill in the middle of a line, and TensorBoard shows each row once', async () => {
    const run = await opened()
    await run.metrics({ phase: 'rl', step: 0, values: { reward: 1 } })()
    await run.close()
    await appendFile(join(folder, 'metrics.jsonl'), '{"time":1,"pha')
    const again = await opened({ resume: true, now: () => 2000 })
    await again.metrics({ phase: 'rl', step: 1, values: { reward: 2 } })()
    await again.close()
    const rows = await readRows(metricRow, join(folder, 'metrics.jsonl'))()
    expect(E.isRight(rows) && rows.right.map(row => row.step)).toEqual([0, 1])
    const events = await eventFiles()
    expect(events.length).toBe(1)
    expect((await readFile(join(folder, events[0] ?? ''), 'latin1')).split('rl/reward').length - 1).toBe(2)
  })

  it('says which line of a log is broken', async () => {
    await (await opened()).close()
    await writeFile(join(folder, 'metrics.jsonl'), '{"a":1}\n')
    expect(await open({ resume: true })).toMatchObject({
      left: { _tag: 'BadRow', cause: expect.stringContaining('metrics.jsonl, line 1 is not a metric row') },
    })
    expect(existsSync(join(folder, 'lock'))).toBe(false)
  })

  it('never writes a secret', async () => {
    const key = `sk-ant-${'x'.repeat(24)}`
    const env = { MY_SERVICE_TOKEN: 'hush-hush-hush', SHORT_TOKEN: 'true', ANTHROPIC_API_KEY: 'plainlookingkey' }
    const settings = {
      teacher: { apiKey: 'abcd1234efgh', eosToken: '<|im_end|>', url: 'https://me:pass123@host/x' },
      note: key,
      maxTokens: 7,
    }
    const run = await opened({ env, config: settings })
    await run.rollouts([{ ...rollout, completion: `say hush-hush-hush true ${key} plainlookingkey` }])()
    const cause = 'Authorization: Bearer abcdefghijklmnopqrst'
    await run.failure({ phase: 'p', item: 'i', stage: 's', tag: 'T', cause, remedy: '' })()
    await run.close()
    const all = (await Promise.all(['config.json', 'rollouts.jsonl', 'failures.jsonl'].map(read))).join()
    for (const secret of ['hush-hush-hush', key, 'plainlookingkey', 'abcd1234efgh', 'pass123', 'abcdefghijklmnopqrst'])
      expect(all).not.toContain(secret)
    expect(all).toContain('say [secret] true [secret] [secret]')
    expect(all).toContain('"maxTokens": 7')
    expect(all).toContain('"eosToken": "<|im_end|>"')
  })

  it('a folder that cannot be made is a fault', async () => {
    await writeFile(join(folder, '..', 'file'), '')
    expect(await open({ directory: join(folder, '..', 'file', 'x') })).toMatchObject({ left: { _tag: 'CannotWrite' } })
  })
})

describe('phases', () => {
  const result = t.type({ accuracy: t.number })
  const broke: Fault<'Broke'> = fault('Broke', 'it broke', 'mend it')

  it('run once; a resumed run gives their saved result', async () => {
    let done = 0
    const work = () => TE.fromIO(() => ({ accuracy: ++done }))
    const run = await opened()
    expect(await phase(run, 'sft', result, work)()).toEqual(E.right({ accuracy: 1 }))
    expect(await phase(run, 'rl/sum', result, work)()).toEqual(E.right({ accuracy: 2 }))
    await run.close()
    const again = await opened({ resume: true })
    expect(await phase(again, 'sft', result, work)()).toEqual(E.right({ accuracy: 1 }))
    expect(await phase(again, 'rl/sum', result, work)()).toEqual(E.right({ accuracy: 2 }))
    expect(done).toBe(2)
    await utimes(join(again.directory, 'phases', 'sft.done.json'), 1, 1)
    const seconds = await phaseSeconds(again)()
    expect(E.isRight(seconds) && Object.keys(seconds.right)).toEqual(['sft', 'rl/sum'])
    expect(await phase(again, 'sft', t.string, () => TE.right('x'))()).toMatchObject({ left: { _tag: 'BadRow' } })
    await again.close()
  })

  it('that failed are run again, and what they had logged is taken back', async () => {
    const row = (step: number) => ({ phase: 'rl', step, values: { reward: step } })
    const run = await opened()
    await run.metrics({ ...row(0), phase: 'before' })()
    const failing = () => TE.flatMap(() => TE.left(broke))(TE.flatMap(() => run.metrics(row(1)))(run.metrics(row(0))))
    expect(await phase(run, 'rl', t.null, failing)()).toEqual(E.left(broke))
    await run.close()
    const again = await opened({ resume: true })
    const finishing = () => TE.map(() => null)(again.metrics(row(0)))
    expect(await phase(again, 'rl', t.null, finishing)()).toEqual(E.right(null))
    await again.close()
    const rows = await readRows(metricRow, join(folder, 'metrics.jsonl'))()
    expect(E.isRight(rows) && rows.right.map(one => `${one.phase} ${one.step}`)).toEqual(['before 0', 'rl 0'])
    const bytes = await readFile(join(folder, (await eventFiles())[0] ?? ''), 'latin1')
    expect(bytes.split('rl/reward').length - 1).toBe(1)
  })

  it('a result that JSON cannot hold is a fault, not a broken run', async () => {
    const run = await opened()
    const bad = await phase(run, 'p', t.type({ when: t.undefined }), () => TE.right({ when: undefined }))()
    expect(E.isRight(bad)).toBe(true)
    const worse = await phase(run, 'q', result, () => TE.right({ accuracy: Number.NaN }))()
    expect(worse).toMatchObject({ left: { _tag: 'BadResult', cause: expect.stringContaining('phase q') } })
    await run.close()
  })
})

it('a log whose only row is cut short has no rows yet', async () => {
  const path = join(folder, 'metrics.jsonl')
  await mkdir(folder, { recursive: true })
  for (const cut of ['{"time":1,"phase":"rl","st', '{"a":'.repeat(100)]) {
    await writeFile(path, cut)
    expect(await readRows(metricRow, path)()).toEqual(E.right([]))
  }
  await writeFile(path, '{"a":'.repeat(200))
  expect(await readRows(metricRow, path)()).toMatchObject({ left: { _tag: 'BadRow' } })
}, 5000)

it('space is asked for before it is used', async () => {
  const free = await freeSpace(join(folder, 'not', 'there', 'yet'))()
  expect(E.isRight(free) && free.right > 0).toBe(true)
  expect(await requireSpace(folder, 1)()).toEqual(E.right(undefined))
  expect(await requireSpace(folder, 1e18)()).toMatchObject({
    left: { _tag: 'NoSpace', cause: expect.stringMatching(/\d+ MB free and 1000000000000 MB/) },
  })
})
