import { EventEmitter } from 'node:events'
import { fault } from 'kinograd/flow'
import { duration, exitCodeOf, exitCodes, exitCodeTable, interruptible, oneLine, openStatus } from 'kinograd/run'
import { describe, expect, it } from 'vitest'

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
      '      sft 3/10 30 s, 1 min 10 s left  loss 3',
      '      sft 6/10 1 min 00 s, 40 s left  loss 6',
      '      sft 9/10 1 min 30 s, 10 s left  loss 9',
      'done  sft 1 min 40 s  loss 0.1',
      'kept  world was finished before',
      'fail  rl: no space. Free some.',
      '',
    ])
    expect(text()).not.toContain('\u001b')
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
