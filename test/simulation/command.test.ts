import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openRun } from 'kinograd/run'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { simulateCommand } from '../../src/cli/simulate/command.ts'
import { right } from '../tinker/either.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'simulate-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const said = async (yaml: string, ...flags: readonly string[]) => {
  const path = join(folder, 'config.yaml')
  await writeFile(path, yaml)
  const lines: string[] = []
  const tell = (line: string) => void lines.push(line)
  const code = await simulateCommand.run([path, ...flags], { out: tell, err: tell, env: {}, cwd: folder })
  return { code, text: lines.join('\n').replaceAll(folder, '') }
}

const training = `training: { updates: 20, questions: 2, completions: 4, tokens: 100 }
look: { seconds: 0.5 }
engine: { rollout: { step: 0.01 }, update: 1 }
`

describe('kinograd simulate', () => {
  test('says seconds, staleness, cost and bottleneck, and writes a page without a network', async () => {
    const { code, text } = await said(
      `${training}judge: { seconds: { median: 2, sigma: 0.4 }, dollars: 0.01, groupsAtOnce: 2 }\n`,
      '--page',
      'page.html',
    )
    expect(code).toBe(0)
    expect(text).toMatch(/an update/)
    expect(text).toMatch(/0\.00 \(≤ 0\)/)
    expect(text).toMatch(/\$1\.60/)
    expect(text).toMatch(/judge/)
    const page = await readFile(join(folder, 'page.html'), 'utf8')
    expect(page).toMatch(/<svg/)
    expect(page).not.toMatch(/https?:\/\/(?!www\.w3\.org)/)
  })
  test('compares numbers of workers', async () => {
    const { code, text } = await said(
      'annotation: { records: 500 }\nworkers: [1, 4]\nlook: { seconds: 1 }\nteacher: { seconds: 2 }\nworker: { inFlight: 2 }\n',
    )
    expect(code).toBe(0)
    expect(text).toMatch(/│ 1 .*│ 12\.5 min/)
    expect(text).toMatch(/│ 4 .*│ +3\.1 min/)
  })
  test('is the same by seed, and another by another', async () => {
    const config = `${training}judge: { seconds: { mean: 2 } }\n`
    const [one, two, three] = [
      await said(config, '--seed', '5'),
      await said(config, '--seed', '5'),
      await said(config, '--seed', '6'),
    ]
    expect(one).toEqual(two)
    expect(one).not.toEqual(three)
  })
  test('calibrates on runs, checks others, and ends with 1 where it is too far off', async () => {
    for (const [name, questions] of [
      ['a', 2],
      ['b', 6],
      ['c', 4],
    ] as const) {
      const run = right(await openRun({ directory: join(folder, name), config: {}, resume: false })())
      for (let step = 0; step < 6; step++) {
        const seconds = { rollout: 0.5 + 0.1 * questions, update: 0.2 * questions, other: 0.1 * questions }
        const lengths = Array.from({ length: 3 * questions }, () => 30)
        right(await run.metrics({ phase: 'rl', step, values: {}, seconds, work: { questions, lengths } })())
      }
      await run.close()
    }
    const config = (check: string) =>
      `calibrate: [a, b]\ntraining: { updates: 20, questions: 4, completions: 3 }\nchecks:\n  - ${check}\n`
    const good = await said(config('{ run: c }'))
    expect(good.code).toBe(0)
    expect(good.text).toMatch(/c +│ +2\.10 s │ +2\.10 s │ \+0\.0 %/)
    const bad = await said(config('{ name: other, seconds: 5 }'))
    expect(bad.code).toBe(1)
    expect(bad.text).toMatch(
      /1 of 1 checks are off by more than 15 %, the first: other, measured 5\.00 s, simulated 2\.10 s/,
    )
  })
})

describe('a configuration that is wrong', () => {
  const wrong: readonly (readonly [string, RegExp])[] = [
    ['', /empty|neither/],
    ['name: x\n', /has neither training nor annotation/],
    [
      'training: { updates: 20, questions: 2, completions: 4 }\n',
      /needs engine\.rollout and engine\.update[\s\S]*needs tokens[\s\S]*needs look/,
    ],
    [`${training}lok: { seconds: 1 }\n`, /:4: lok: is no setting here\. Did you mean look\?/],
    [training.replace('seconds: 0.5', 'seconds: -1'), /:2: look\.seconds: is -1/],
    [training.replace('seconds: 0.5', 'seconds: { median: 1 }'), /look\.seconds: has median: give/],
    [training.replace('seconds: 0.5', 'seconds: { from: 2, to: 1 }'), /look\.seconds\.to: is 1/],
    [training.replace('updates: 20', 'updates: 1e9'), /training\.updates/],
    [`${training}workers: [0]\n`, /workers: is \[0\]/],
    [`${training}workers: []\n`, /workers/],
    [`${training}checks: [{ name: x }]\n`, /has none of run, seconds/],
    [`${training}checks: [{ run: x, seconds: 3 }]\n`, /stands beside/],
    [`${training}judge: { seconds: 1, fails: 2 }\n`, /judge\.fails: is 2/],
    ['annotation: { records: 10 }\n', /needs a teacher/],
    ['training: [', /is no YAML/],
  ]
  test.each(wrong)('%j is told by line', async (yaml, why) => {
    const { code, text } = await said(yaml)
    expect(code).not.toBe(0)
    expect(text).toMatch(why)
  })
  test('or is not there is told', async () => {
    const { code, text } = await said(`${training}calibrate: nowhere\n`)
    expect(code).not.toBe(0)
    expect(text).toMatch(/nowhere.*has 0 rows/)
  })
})
