import { EventEmitter } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fault, orThrow } from 'kinograd/flow'
import {
  duration,
  exitCodeOf,
  exitCodes,
  exitCodeTable,
  interruptible,
  oneLine,
  openRun,
  openStatus,
} from 'kinograd/run'
import { of } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { madeRow } from './made-run.ts'

const session = (tty: boolean, columns = 80) => {
  let text = ''
  let time = 0
  const write = (more: string) => {
    text += more
  }
  const status = openStatus({ write, tty, columns, now: () => time, every: 30_000 })
  const pass = (ms: number) => {
    time += ms
  }
  return { status, pass, text: () => text }
}

describe('status', () => {
  it('announces the plan with its minutes', () => {
    const { status, text } = session(false)
    status.announce({
      title: 'VideoP2R, quick preset',
      notes: ['native backend'],
      phases: [
        { name: 'world', does: 'renders clips', minutes: 0.4 },
        { name: 'sft', does: 'fine-tunes', minutes: 3.2 },
      ],
    })
    expect(text()).toBe(
      'VideoP2R, quick preset\n  native backend\n  world   < 1 min  renders clips\n  sft     ~ 3 min  fine-tunes\n  all     ~ 4 min\n',
    )
  })

  it('without a terminal: a line an event, progress now and then, no control characters', () => {
    const { status, pass, text } = session(false)
    status.begin('sft')
    for (let i = 1; i <= 10; i++) {
      pass(10_000)
      status.progress('sft', i, 10, `loss ${i}`)
    }
    status.end('sft', 'loss 0.1')
    status.skip('world')
    status.fail('rl', fault('NoSpace', 'no space', 'Free some.'))
    expect(text().split('\n')).toEqual([
      'begin sft',
      '      sft 3/10 30 s, 1 min 10 s left  loss 3  10 s each',
      '      sft 6/10 1 min 00 s, 40 s left  loss 6  10 s each',
      '      sft 9/10 1 min 30 s, 10 s left  loss 9  10 s each',
      'done  sft 1 min 40 s  loss 0.1',
      'kept  world was finished before',
      'fail  rl: no space. Free some.',
      '',
    ])
    expect(text()).not.toContain('\u001b')
  })

  it('shows what it is told of a phase, the most important first, and as much as fits', () => {
    const numbers = {
      'rewards/look/mean': 1.4,
      'rewards/why/mean': 0.25,
      'frac_reward_zero_std/pa_grpo': 0.12,
      malformed: 0.03,
      failures: 2,
      nothing: null,
    }
    const all = [
      '! judged yes always',
      '2/s',
      'reward look 1.40 why 0.25',
      'constant 12 %',
      'malformed 3 %',
      '2 failed',
      '3.0k tokens/s',
      '3 in flight',
      '1.5 GB held',
    ]
    const shown = (tty: boolean, columns: number): string => {
      const { status, pass, text } = session(tty, columns)
      const gate = { waiting: 0, active: 3, bytes: 1.5e9, done: 0, failed: 0, cancelled: 0, oldest: undefined }
      const stop = status.watch({ stats$: of(gate) })
      status.begin('rl')
      status.progress('rl', 1, 100)
      status.numbers('rl', { ...numbers, tokens: 1500 })
      pass(31_000)
      status.sign('rl', 'judged yes always')
      status.numbers('rl', { tokens: 93_000 })
      status.progress('rl', 63, 100)
      stop()
      return (
        text()
          .split(tty ? '\r\u001b[2K' : '\n')
          .filter(Boolean)
          .at(-1) ?? ''
      )
    }
    expect(shown(false, 80).trim().split('  ')).toEqual(['rl 63/100 31 s, 19 s left', ...all])
    expect(shown(true, 300).trim().split('  ')).toEqual(['… rl 63/100 31 s, 19 s left', ...all])
    const narrow = shown(true, 60)
    expect(narrow.split('  ').slice(0, 3)).toEqual(['… rl 63/100 31 s, 19 s left', '! judged yes always', '2/s'])
    for (let columns = 5; columns < 200; columns++) expect(shown(true, columns).length).toBeLessThan(columns)
  })

  it('of a run shows its rows: rewards by process, failures, and what speaks against it', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'kinograd-status-'))
    const { status, text } = session(true, 400)
    const run = orThrow(await openRun({ directory, config: {}, resume: false, status })())
    status.begin('rl')
    for (let step = 0; step < 6; step++) {
      status.progress('rl', step + 1, 10)
      const rows = [0, 1].map(place => madeRow({ phase: 'rl', step, place, rewards: { look: place, 'w\u001b[2J': 1 } }))
      orThrow(await run.rollouts(rows)())
      orThrow(await run.metrics({ phase: 'rl', step, values: { learning_rate: 0, 'rewards/look/mean': 0.75 } })())
    }
    const failure = { phase: 'rl', item: 'a', stage: 's', tag: 'T', cause: 'c', remedy: 'r' }
    orThrow(await run.failure(failure)())
    await run.close()
    await rm(directory, { recursive: true })
    const last = text().split('\r\u001b[2K').at(-1) ?? ''
    for (const said of [
      '! learning rate 0',
      'reward look 0.75 w\\u001b[2J 1.00',
      'constant 0 %',
      'malformed 0 %',
      '1 failed',
    ])
      expect(last).toContain(said)
  })

  it('writes no secret, whole or cut', () => {
    for (const tty of [false, true]) {
      const { status, pass, text } = session(tty, 30)
      const key = `sk-ant-${'x'.repeat(24)}`
      status.begin('sft')
      pass(60_000)
      status.progress('sft', 1, 2, key)
      status.fail('sft', fault('NoKey', `refused ${key}`, 'Check it.'))
      expect(text()).toContain('refused [secret]')
      expect(text()).not.toContain('sk-ant')
    }
  })

  it('on a terminal: one live line, never wider than it', () => {
    const { status, text } = session(true, 20)
    status.begin('a phase')
    status.progress('a phase', 1, 2, 'a long note that does not fit')
    status.end('a phase')
    const lines = text()
      .split('\n')
      .flatMap(line => line.split('\r\u001b[2K'))
    expect(lines).toEqual(['', '… a phase', '… a phase 1/2 0 s,…', '✓ a phase 0 s', ''])
    for (const line of lines) expect(line.length).toBeLessThan(20)
  })

  it('prints what a model or data set wrote without letting it drive the terminal', () => {
    expect(oneLine('a\u001b[2Jb\r\nc\u0007d')).toBe(String.raw`a\u001b[2Jb c\u0007d`)
    const { status, text } = session(false)
    status.say('x\u001b]0;title\u0007\ny\u009b2J')
    expect(text().match(/\p{Cc}/gu)).toEqual(['\n'])
  })

  it.each([
    [400, '0 s'],
    [59_400, '59 s'],
    [185_000, '3 min 05 s'],
    [3_720_000, '1 h 02 min'],
  ])('%d ms are %s', (ms, text) => expect(duration(ms)).toBe(text))
})

it('Ctrl-C aborts once with how to resume, then leaves with 130', () => {
  const codes: number[] = []
  const source = Object.assign(new EventEmitter(), { exit: (code: number) => codes.push(code) })
  const said: string[] = []
  const resumeWith = 'npm run videop2r -- --resume'
  const { signal, dispose } = interruptible({ resumeWith, say: one => said.push(one), source })
  source.emit('SIGINT')
  expect(signal.aborted).toBe(true)
  expect(said).toEqual([expect.stringContaining(resumeWith)])
  expect(codes).toEqual([])
  source.emit('SIGINT')
  expect(codes).toEqual([130])
  dispose()
  expect(source.listenerCount('SIGINT') + source.listenerCount('SIGTERM')).toBe(0)
})

it('exit codes: one table, all different', () => {
  const codes = Object.values(exitCodes).map(({ code }) => code)
  expect(new Set(codes).size).toBe(codes.length)
  for (const code of codes) expect(exitCodeTable()).toContain(`${code}  `)
  const of = (_tag: string) => exitCodeOf({ _tag })
  expect([of('Locked'), of('NoDecoder'), of('Whatever')]).toEqual([4, 3, 1])
})
