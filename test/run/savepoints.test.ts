import { existsSync } from 'node:fs'
import { appendFile, cp, mkdir, mkdtemp, readdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { either as E, taskEither as TE } from 'fp-ts'
import * as t from 'io-ts'
import { type Fault, fault } from 'kinograd/flow'
import { openRun, phase, type Run, type RunOptions, type Savepoints } from 'kinograd/run'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

let root = ''
let folder = ''
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'kinograd-savepoints-'))
  folder = join(root, 'run')
})
afterEach(() => rm(root, { recursive: true }))

const open = (more: Partial<RunOptions> = {}) =>
  openRun({ directory: folder, config: { seed: 1 }, resume: true, env: {}, ...more })()
const opened = async (): Promise<Run> => {
  const run = await open()
  if (E.isLeft(run)) throw new Error(JSON.stringify(run.left))
  return run.right
}
const lines = async (name: string): Promise<readonly Record<string, unknown>[]> =>
  (await readFile(join(folder, name), 'utf8'))
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line))
const stepsOf = async (name: string): Promise<readonly string[]> =>
  (await lines('metrics.jsonl')).filter(row => row.phase === name).map(row => String(row.step))

const counted = t.type({ next: t.number })
const killed: Fault = fault('Killed', 'as if killed', '')

/** Counts to ten, one row a number, with a savepoint after every third; ends as if killed after `until`. */
const count = (run: Run, name: string, until: number, more: { reads?: readonly string[]; save?: boolean } = {}) => {
  let from = -1
  const work =
    (points: Savepoints<{ next: number }>): TE.TaskEither<Fault, number> =>
    async () => {
      from = points.kept?.next ?? 0
      for (let step = from; step < 10; step++) {
        await run.metrics({ phase: name, step, values: { step } })()
        await run.failure({ phase: name, item: `${step}`, stage: 's', tag: 'T', cause: 'c', remedy: 'r' })()
        await run.output(`${name}.jsonl`, [{ step }])()
        if (step === until) return E.left(killed)
        if (step % 3 === 2 && more.save !== false) {
          const saved = await points.save({ next: step + 1 })()
          if (E.isLeft(saved)) return saved
        }
      }
      return E.right(10)
    }
  const ended = phase(run, name, t.number, work, { state: counted, ...(more.reads ? { reads: more.reads } : {}) })
  return TE.map((value: number) => ({ value, from }))(ended)
}
const ten = Array.from({ length: 10 }, (_, step) => String(step))

/** Every file of the folder but the lock, with its bytes. */
const everything = async (): Promise<Readonly<Record<string, string>>> => {
  const names = (await readdir(folder, { recursive: true, withFileTypes: true })).filter(entry => entry.isFile())
  const read = names.map(async entry => {
    const path = join(entry.parentPath, entry.name)
    return [path.slice(folder.length + 1), await readFile(path, 'base64')] as const
  })
  return Object.fromEntries(await Promise.all(read))
}

describe('a phase with savepoints', () => {
  test.each([0, 1, 2, 4, 7, 9])('cut off after %i is continued, and every log holds each row once', async until => {
    const first = await opened()
    expect(await count(first, 'a', until)()).toEqual(E.left(killed))
    await first.close()
    const again = await opened()
    expect(await count(again, 'a', -1)()).toEqual(
      E.right({ value: 10, from: Math.floor((until + (until % 3 === 2 ? 0 : 1)) / 3) * 3 }),
    )
    await again.close()
    expect(await stepsOf('a')).toEqual(ten)
    expect((await lines('a.jsonl')).map(({ step }) => String(step))).toEqual(ten)
    expect((await lines('failures.jsonl')).map(({ item }) => item)).toEqual(ten)
    const [events = ''] = (await readdir(folder)).filter(name => name.includes('tfevents'))
    expect((await readFile(join(folder, events), 'latin1')).split('a/step').length - 1).toBe(10)
  })

  test('is continued in the same process too, and its seconds add up', async () => {
    const run = await opened()
    expect(await count(run, 'a', 4)()).toEqual(E.left(killed))
    expect(await count(run, 'a', -1)()).toEqual(E.right({ value: 10, from: 3 }))
    await run.close()
    expect(await stepsOf('a')).toEqual(ten)
  })

  test('that keeps something without a codec says so', async () => {
    const run = await opened()
    const work = (points: Savepoints<unknown>) => points.save({ next: 1 })
    expect(await phase(run, 'a', t.void, work)()).toMatchObject({
      left: { _tag: 'BadResult', cause: 'phase a keeps something and has no codec for it' },
    })
    await run.close()
  })
})

describe('done again', () => {
  const three = async () => {
    const run = await opened()
    for (const name of ['a', 'b', 'c']) expect(E.isRight(await count(run, name, -1)())).toBe(true)
    await run.close()
  }
  const all = async () => {
    for (const name of ['a', 'b', 'c']) expect(await stepsOf(name), name).toEqual(ten)
    for (const name of ['a', 'b', 'c'])
      expect(
        (await lines(`${name}.jsonl`)).map(({ step }) => String(step)),
        name,
      ).toEqual(ten)
  }

  test('in the middle of a finished run: its rows are not doubled, those of later phases stay', async () => {
    await three()
    await rm(join(folder, 'phases', 'b.done.json'))
    const run = await opened()
    expect(await count(run, 'b', -1)()).toEqual(E.right({ value: 10, from: 0 }))
    await run.close()
    await all()
  })

  test('and killed at any instant of that', async () => {
    await three()
    await rm(join(folder, 'phases', 'b.done.json'))
    const run = await opened()
    // As if killed when the logs without the rows of b were written and no marker named them yet.
    await writeFile(join(folder, 'metrics.jsonl.next'), 'something')
    expect(await count(run, 'b', 4)()).toEqual(E.left(killed))
    await run.close()
    // As if killed when the marker named them and they were not in their place yet: the log of before lies there.
    const again = await opened()
    expect(await count(again, 'b', -1)()).toEqual(E.right({ value: 10, from: 3 }))
    await again.close()
    await all()
    expect((await readdir(folder)).filter(name => name.endsWith('.next'))).toEqual([])
  })

  test('a log that was prepared and vouched for is put in its place', async () => {
    await three()
    const before = await readFile(join(folder, 'metrics.jsonl'), 'utf8')
    await rm(join(folder, 'phases', 'b.done.json'))
    const run = await opened()
    expect(await count(run, 'b', 0, { save: false })()).toEqual(E.left(killed))
    await run.close()
    const text = await readFile(join(folder, 'metrics.jsonl'), 'utf8')
    const without = text.slice(0, text.lastIndexOf('\n', text.length - 2) + 1)
    await writeFile(join(folder, 'metrics.jsonl.next'), without)
    await writeFile(join(folder, 'metrics.jsonl'), before)
    await (await opened()).close()
    expect(await readFile(join(folder, 'metrics.jsonl'), 'utf8')).toBe(without)
  })
})

describe('what is not as it was is refused by its name, and what is said helps', () => {
  const inThePhase = async () => {
    const run = await opened()
    expect(await count(run, 'a', 7)()).toEqual(E.left(killed))
    await run.close()
  }
  const goesOn = async (from: number) => {
    const run = await opened()
    expect(await count(run, 'a', -1)()).toEqual(E.right({ value: 10, from }))
    await run.close()
    expect(await stepsOf('a')).toEqual(ten)
  }

  test.each(['metrics.jsonl', 'failures.jsonl', 'a.jsonl'])('a cut %s', async name => {
    await inThePhase()
    const path = join(folder, name)
    await cp(path, join(root, 'kept'))
    await truncate(path, 20)
    expect(await open()).toMatchObject({
      left: { _tag: 'BadLog', cause: expect.stringMatching(`${name} has \\d+ bytes`) },
    })
    await rm(path)
    const wrong = await open()
    expect(wrong).toMatchObject({ left: { _tag: 'BadLog', remedy: expect.stringContaining('Put it back') } })
    await cp(join(root, 'kept'), path)
    await goesOn(6)
  })

  test('an altered log', async () => {
    await inThePhase()
    const path = join(folder, 'metrics.jsonl')
    const text = await readFile(path, 'utf8')
    await writeFile(path, text.replace('"step":0', '"step":9'))
    expect(await open()).toMatchObject({
      left: { _tag: 'BadLog', cause: expect.stringContaining('metrics.jsonl was altered') },
    })
    await writeFile(path, text)
    await goesOn(6)
  })

  test('an altered log of a finished phase', async () => {
    const run = await opened()
    await count(run, 'a', -1)()
    await run.close()
    await writeFile(join(folder, 'a.jsonl'), '{"step":0}\n')
    expect(await open()).toMatchObject({
      left: { _tag: 'BadLog', cause: expect.stringContaining('a.jsonl has 11 bytes') },
    })
  })

  test('a log that somebody changes meanwhile', async () => {
    const run = await opened()
    const work = (points: Savepoints<{ next: number }>) => async () => {
      await run.metrics({ phase: 'a', step: 0, values: {} })()
      await appendFile(join(folder, 'metrics.jsonl'), '\n')
      return points.save({ next: 1 })()
    }
    expect(await phase(run, 'a', t.void, work, { state: counted })()).toMatchObject({
      left: { _tag: 'BadLog', cause: expect.stringContaining('somebody else changed it') },
    })
    await run.close()
  })

  test('a marker with a flipped bit: "remove it"', async () => {
    await inThePhase()
    const path = join(folder, 'phases', 'a.begun.json')
    const bytes = await readFile(path)
    const at = bytes.indexOf('"next":6') + 7
    bytes[at] = bytes[at]! ^ 1
    await writeFile(path, bytes)
    const remedy = `Remove ${path} and --resume: that phase then begins anew.`
    expect(await open()).toMatchObject({
      left: { _tag: 'BadRow', cause: expect.stringContaining('a.begun.json is not as it was written'), remedy },
    })
    await rm(path)
    await goesOn(0)
  })

  test('a marker that is half written', async () => {
    await inThePhase()
    const path = join(folder, 'phases', 'a.begun.json')
    await truncate(path, 30)
    expect(await open()).toMatchObject({
      left: {
        _tag: 'BadRow',
        cause: expect.stringContaining('a.begun.json is not JSON'),
        remedy: expect.stringContaining('Remove'),
      },
    })
    await rm(path)
    await goesOn(0)
  })

  test('data that is gone, shrank or is another', async () => {
    const data = join(root, 'data.json')
    await writeFile(data, '[1, 2, 3]')
    const reads = [data]
    const run = await opened()
    expect(await count(run, 'a', 7, { reads })()).toEqual(E.left(killed))
    for (const [spoil, cause] of [
      [() => rm(data), 'is gone; it had 9 bytes'],
      [() => writeFile(data, '[1]'), 'has 3 bytes, and had 9'],
      [() => writeFile(data, '[1, 2, 4]'), 'is not the file that the run used'],
    ] as const) {
      await spoil()
      expect(await count(run, 'a', -1, { reads })()).toMatchObject({
        left: { _tag: 'DataChanged', cause: expect.stringContaining(`data.json ${cause}`) },
      })
    }
    await writeFile(data, '[1, 2, 3]')
    expect(await count(run, 'a', -1, { reads })()).toEqual(E.right({ value: 10, from: 6 }))
    await run.close()
  })

  test('what a finished phase wrote, before the next one begins', async () => {
    const made = join(folder, 'made.bin')
    const make = () => TE.fromTask(() => writeFile(made, 'weights').then(() => null))
    const run = await opened()
    await phase(run, 'make', t.null, make, { writes: [made] })()
    await run.close()
    await writeFile(made, 'weighty')
    const again = await opened()
    expect(await phase(again, 'make', t.null, make, { writes: [made] })()).toMatchObject({
      left: { _tag: 'DataChanged', cause: expect.stringContaining('made.bin is not the file') },
    })
    await again.close()
    // The run may be moved: its own files are known by their place in it.
    await writeFile(made, 'weights')
    await rename(folder, join(root, 'moved'))
    folder = join(root, 'moved')
    const moved = await opened()
    expect(await phase(moved, 'make', t.null, make, { writes: [made] })()).toEqual(E.right(null))
    await moved.close()
  })

  test('a folder of another version, and one from before there were versions', async () => {
    await inThePhase()
    const path = join(folder, 'run.json')
    const text = await readFile(path, 'utf8')
    const { machines } = JSON.parse(text)
    const other = { ...machines[0], versions: { ...machines[0].versions, kinograd: '0.0.9' } }
    await writeFile(path, JSON.stringify({ format: 'kinograd run 2', machines: [other] }))
    expect(await open()).toMatchObject({
      left: { _tag: 'OtherVersion', remedy: expect.stringContaining('Resume it with kinograd 0.0.9') },
    })
    await rm(path)
    expect(await open()).toMatchObject({
      left: { _tag: 'OtherVersion', remedy: expect.stringContaining('another --out') },
    })
    expect(existsSync(path)).toBe(false)
    await writeFile(path, text)
    await goesOn(6)
  })

  test('another machine is written down and goes on', async () => {
    await inThePhase()
    const path = join(folder, 'run.json')
    const { format, machines } = JSON.parse(await readFile(path, 'utf8'))
    await writeFile(path, JSON.stringify({ format, machines: [{ ...machines[0], processor: 'another' }] }))
    const run = await opened()
    expect(run.machines.map(({ processor }) => processor === 'another')).toEqual([true, false])
    await run.close()
  })

  test('settings that were changed in config.json and on the command line', async () => {
    await inThePhase()
    await writeFile(join(folder, 'config.json'), '{"seed": 2}')
    expect(await open({ config: { seed: 2 } })).toMatchObject({
      left: { _tag: 'OtherConfig', remedy: expect.stringContaining('Restore config.json') },
    })
    await writeFile(join(folder, 'config.json'), '{"seed": 1}')
    await goesOn(6)
  })
})

describe('a folder', () => {
  test('that holds other things is left as it is, with and without --resume', async () => {
    await mkdir(folder)
    await writeFile(join(folder, 'events.out.tfevents.1.mine'), 'theirs')
    await writeFile(join(folder, 'notes.txt'), 'mine')
    const before = await everything()
    for (const resume of [true, false])
      expect(await open({ resume })).toMatchObject({
        left: { _tag: 'NotARun', cause: expect.stringContaining('events.out.tfevents.1.mine, notes.txt') },
      })
    expect(await everything()).toEqual(before)
    folder = join(root, 'another')
    await (await opened()).close()
  })

  test('whose process was killed before it was a run becomes one', async () => {
    await mkdir(folder)
    await writeFile(join(folder, 'config.json.77.tmp'), '{')
    await writeFile(join(folder, 'run.json'), '{"format":"kinograd run 2","machines":[]}')
    await (await opened()).close()
    expect(existsSync(join(folder, 'config.json'))).toBe(true)
  })

  test('of a run keeps event files of others', async () => {
    await (await opened()).close()
    await writeFile(join(folder, 'events.out.tfevents.1.mine'), 'theirs')
    await (await opened()).close()
    expect(await readFile(join(folder, 'events.out.tfevents.1.mine'), 'utf8')).toBe('theirs')
  })

  test('of a finished run is not changed by resuming it', async () => {
    const run = await opened()
    await count(run, 'a', -1)()
    await run.summary({ a: 1 })()
    await run.close()
    const before = await everything()
    const again = await opened()
    expect(await count(again, 'a', -1)()).toEqual(E.right({ value: 10, from: -1 }))
    await again.close()
    expect(await everything()).toEqual(before)
  })

  test('with the lock of a dead process of another machine: "remove it"', async () => {
    await (await opened()).close()
    const lock = join(folder, 'lock')
    await writeFile(lock, '7 another-machine\n')
    expect(await open()).toMatchObject({
      left: {
        cause: `${folder} is in use by process 7 on another-machine`,
        remedy: expect.stringContaining(`remove ${lock}`),
      },
    })
    await rm(lock)
    await (await opened()).close()
  })
})
