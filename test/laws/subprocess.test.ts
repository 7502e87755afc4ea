import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { paGrpo } from 'kinograd/advantage'
import { asyncAdvantageLaws, brokenAsyncLaws, exactCases, type LawVerdict, subprocessNormaliser } from 'kinograd/laws'
import { afterAll, describe, expect, test } from 'vitest'
import { lawsCommand } from '../../src/cli/laws.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'kinograd-laws-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A program in JavaScript: what it does with the rewards of each group. */
const program = (advantages: string, setUp = ''): readonly [string, ...string[]] => [
  process.execPath,
  '-e',
  `${setUp}
  const mean = x => x.reduce((s, v) => s + v, 0) / x.length
  const standard = given => {
    const x = given.filter(r => r !== null)
    if (x.every(r => r === x[0])) return given.map(() => 0)
    const m = mean(x), s = Math.sqrt(x.reduce((t, v) => t + (v - m) ** 2, 0) / (x.length - 1))
    return given.map(r => (r === null ? 0 : (r - m) / (s + 1e-4)))
  }
  require('node:readline').createInterface({ input: process.stdin }).on('line', line => {
    const groups = JSON.parse(line).groups.map(({ rewards: { reward } }) => reward)
    console.log(JSON.stringify({ advantages: groups.map(reward => { ${advantages} }) }))
  })`,
]

const tried = async (command: readonly [string, ...string[]], timeLimit = 5000) => {
  const normaliser = subprocessNormaliser<'reward'>(command, { timeLimit })
  const verdicts: LawVerdict[] = []
  const laws = asyncAdvantageLaws(normaliser, { family: 'grpo', range: [0, 2.2] }, ['reward'])
  const broken = await brokenAsyncLaws(laws, { seed: 1, numRuns: 30 }, verdict => verdicts.push(verdict))
  normaliser.close()
  return { reasons: broken.map(({ law, reason }) => `${law}: ${reason}`), verdicts, broken }
}

describe('a program that is asked over lines of JSON', () => {
  test('keeps the laws when it is right', async () => {
    const { reasons, verdicts } = await tried(program('return standard(reward)'))
    expect(reasons).toEqual([])
    expect(verdicts.every(({ _tag }) => _tag === 'Kept')).toBe(true)
  })
  test('is told what is wrong with it, small', async () => {
    const { reasons, broken } = await tried(program('return standard(reward).map(a => -a)'))
    expect(reasons).toEqual(['order: in "reward" reward 1 has -0.707007 and reward 0 has 0.707007'])
    expect(broken[0]?.input).toBe('group "a": reward [0, 1]')
  })
  const first = 'one advantage a rollout: '
  const bad: readonly (readonly [string, readonly [string, ...string[]], RegExp | string])[] = [
    [
      'dies at once',
      [process.execPath, '-e', 'console.error("no numpy"); process.exit(3)'],
      `${first}the program ended with exit code 3 before it answered: no numpy`,
    ],
    [
      'dies at some groups',
      program('if (reward.length > 5) process.exit(4); return standard(reward)'),
      `${first}the program ended with exit code 4 before it answered`,
    ],
    [
      'writes garbage',
      program('return standard(reward)', 'console.log("hello")'),
      `${first}the program wrote a line that is no JSON: hello`,
    ],
    [
      'writes something else',
      [process.execPath, '-e', 'process.stdin.on("data", () => console.log("[]"))'],
      `${first}the program wrote a line without "advantages": []`,
    ],
    [
      'says what is wrong',
      [process.execPath, '-e', 'process.stdin.on("data", () => console.log(JSON.stringify({ error: "no torch" })))'],
      `${first}the program says: no torch`,
    ],
    [
      'writes text for numbers',
      program('return reward.map(String)'),
      /^one advantage a rollout: group 0 holds "\d", which is no number$/,
    ],
    ['writes too few', program('return reward.slice(1)'), `${first}group 0: "reward" has 1 advantages for 2 rollouts`],
    [
      'is not there',
      ['no-such-program-anywhere'],
      /^one advantage a rollout: the program cannot be run \(spawn no-such-program-anywhere ENOENT\)$/,
    ],
  ]
  test.each(bad)('%s', async (_, command, says) => {
    const { reasons } = await tried(command)
    expect(reasons).toEqual([typeof says === 'string' ? says : expect.stringMatching(says)])
  })
  test('hangs', async () => {
    const before = Date.now()
    const { reasons } = await tried([process.execPath, '-e', 'setInterval(() => {}, 1000)'], 400)
    expect(reasons).toEqual([`${first}no answer within 0.4 s`])
    expect(Date.now() - before).toBeLessThan(10_000)
  })
  test('may write the NaN of Python', async () => {
    const python = program(
      'return standard(reward)',
      'const log = console.log; console.log = text => log(text.replace(/-?[\\d.]+(e-?\\d+)?/, "NaN"))',
    )
    expect((await tried(python)).reasons).toEqual(['finite: rollout 0 of "reward" has NaN, which is not finite'])
  })
})

describe('kinograd laws', () => {
  const run = async (...args: readonly string[]) => {
    const lines: string[] = []
    const say = (line: string): void => void lines.push(line)
    const code = await lawsCommand.run(args, { out: say, err: say, env: {}, cwd: folder })
    return { code, text: lines.join('\n') }
  }
  test('prints what holds', async () => {
    const { code, text } = await run('--family', 'grpo', '--runs', '20', '--', ...program('return standard(reward)'))
    expect(code).toBe(0)
    expect(text.split('\n').every(line => line.startsWith('holds   '))).toBe(true)
  })
  test('prints what does not, and the line that repeats it', async () => {
    const { code, text } = await run(
      '--runs',
      '20',
      '--range',
      '0,2.2',
      '--',
      ...program('return standard(reward).map(a => a * 2)'),
    )
    expect(code).toBe(1)
    expect(text).toContain('BROKEN  definition: rollout 0 of "reward" in group 0 has -1.414, by definition -0.707')
    expect(text).toContain('again: npx kinograd laws --runs 20 --range 0,2.2 --seed 1 -- ')
  })
  test.each([
    [[], 'there is no program to try'],
    [['--family', 'ppo', '--', 'x'], '--family is ppo'],
    [['--range', '0', '--', 'x'], '--range is 0'],
    [['--epsilon', 'small', '--', 'x'], '--epsilon is small'],
    [['--weights', 'a', '--', 'x'], '--weights is a'],
    [['--family', 'own', '--k', '3', '--', 'x'], '--k belongs to a family'],
    [['--family', 'own', '--export', 'cases.json'], '--export needs a family'],
    [['--family', 'gdpo', '--k', '3', '--export', 'cases.json'], 'k is 3, and family "gdpo" has none'],
  ])('%o is a mistake', async (args, says) => {
    const { code, text } = await run(...args)
    expect(code).toBe(2)
    expect(text).toContain(says)
  })
  test('exports cases with exact answers, the same for the same seed', async () => {
    const args = ['--family', 'gdpo', '--processes', 'seen,answered', '--range', '0,2.2', '--runs', '25', '--export']
    expect((await run(...args, 'a.json')).text).toBe('25 cases with exact answers in a.json')
    await run(...args, 'b.json')
    const [a, b] = ['a.json', 'b.json'].map(file => readFileSync(join(folder, file), 'utf8'))
    expect(a).toBe(b)
    const { cases } = JSON.parse(a ?? '')
    expect(cases).toHaveLength(25)
    expect(cases[0].expected[0].advantages.seen).toHaveLength(cases[0].groups[0].rewards.seen.length)
  })
  test('the exact answers are those of the library', () => {
    for (const { groups, expected } of exactCases({ family: 'paGrpo' }, ['seen', 'answered'], { seed: 3, count: 20 })) {
      const raw = groups.map(({ group, rewards }) => ({
        _tag: 'Raw' as const,
        group,
        size: rewards.seen?.length ?? 0,
        rewards,
      }))
      for (const [i, made] of [...paGrpo()<string>(raw)].entries())
        for (const [j, wanted] of (expected[i]?.advantages.seen ?? []).entries())
          expect(Math.abs((made.advantages.seen?.[j] ?? Number.NaN) - wanted)).toBeLessThanOrEqual(
            expected[i]?.tolerance ?? 0,
          )
    }
  })
})

const numpy = spawnSync('python3', ['-c', 'import numpy'], { timeout: 20_000 }).status === 0
if (!numpy) console.log('python3 with numpy is not here: the Python examples are not tried')

describe('Python functions', () => {
  const flags = ['laws', '--family', 'grpo', '--range', '0,2.2', '--precision', 'float32', '--', 'python3']
  const laws = (file: string) =>
    spawnSync(process.execPath, [join(root, 'dist/cli/main.js'), ...flags, join(root, 'examples/python-laws', file)], {
      encoding: 'utf8',
      timeout: 60_000,
    })
  test.runIf(numpy)('the right one passes', () => expect(laws('grpo.py')).toMatchObject({ status: 0 }))
  test.runIf(numpy)('the naive one is caught', () => {
    const { status, stdout } = laws('naive.py')
    expect(status).toBe(1)
    expect(stdout).toContain('BROKEN  a constant group is exactly 0')
  })
  test('both are Python', () => {
    const python = spawnSync('python3', ['--version']).status === 0
    for (const file of python ? ['grpo.py', 'naive.py', 'test_grpo.py'] : [])
      execFileSync(
        'python3',
        ['-c', `import ast; ast.parse(open(${JSON.stringify(join(root, 'examples/python-laws', file))}).read())`],
        { timeout: 20_000 },
      )
  })
})
