import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { initCommand } from '../../../src/cli/init/command.ts'
import { runCommand } from '../../../src/cli/run/command.ts'
import { kinograd } from './command.ts'
import { kinogradHere } from './command-here.ts'

/**
 * What goes wrong with runs from the command line: each ends with its code and a line a person understands. What is refused or planned
 * is asked of the commands in this process, and the first of each kind of a process too; what runs is a process.
 */

let folder = ''
const inside = (...path: readonly string[]) => join(folder, ...path)
const run = (...args: readonly string[]) => kinograd(args, { cwd: folder })
const command = kinogradHere(initCommand, runCommand)
const here = (...args: readonly string[]) => command(args, folder)
/** The command in this process and as one of its own, which must come to the same. */
const both = async (...args: readonly string[]) => {
  const [inside, outside] = [await here(...args), await run(...args)]
  expect(outside).toEqual(inside)
  return outside
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bad-runs-'))
  const made = await here('init', 'demo')
  expect(made.err).toBe('')
}, 120_000)
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('init', () => {
  test('says what to type next, and what it wrote', async () => {
    await rm(inside('other'), { recursive: true, force: true })
    const made = await run('init', 'other')
    expect(made).toEqual({
      code: 0,
      err: '',
      out: 'other holds config.yaml, 3 clips, 12 questions and a README.md. Next:\n  npx kinograd run other/config.yaml\n',
    })
    const questions = (await readFile(inside('other', 'questions.jsonl'), 'utf8')).trim().split('\n')
    expect(questions.length).toBe(12)
    expect(await readFile(inside('other', 'README.md'), 'utf8')).toContain('npx kinograd run other/config.yaml')
  })
  test('writes nothing into a folder that holds something, and names what', async () => {
    await mkdir(inside('full'))
    await writeFile(inside('full', 'thesis.tex'), '')
    const refused = await both('init', 'full')
    expect(refused).toEqual({
      code: 4,
      out: '',
      err: 'kinograd: full is not empty: it holds thesis.tex. Name a folder that is empty or not there yet.\n',
    })
    const file = await here('init', 'full/thesis.tex')
    expect([file.code, file.err]).toEqual([
      1,
      'kinograd: full/thesis.tex is a file. Name a folder that is empty or not there yet.\n',
    ])
  })
})

describe('run', () => {
  test('tells every mistake in a line of its own, with exit code 2', async () => {
    const ended = await both('run', 'demo/config.yaml', '--set', 'rl.updates=-3', '--set', 'sft.stepz=4')
    expect(ended).toEqual({
      code: 2,
      out: '',
      err: [
        '--set sft.stepz=4: sft.stepz: is no setting here. Did you mean steps?',
        '--set rl.updates=-3: rl.updates: is -3, and must be a whole number from 1',
        'kinograd: 2 mistakes in the configuration; nothing was done.',
        '',
      ].join('\n'),
    })
  })
  test('names a file that is not there, and a flag that is misspelt', async () => {
    const none = await here('run', 'demo/confg.yaml')
    expect(none.code).toBe(2)
    expect(none.err).toMatch(
      /^kinograd: .*confg\.yaml cannot be read: .*\. Give a configuration; npx kinograd init DIR writes one\.\n$/,
    )
    const flag = await here('run', 'demo/config.yaml', '--dryrun')
    expect([flag.code, flag.err]).toEqual([2, 'kinograd: --dryrun is not a flag. Did you mean --dry-run?\n'])
  })
  test('without a key says which variable holds it, with exit code 3, and leaves no folder', async () => {
    const ended = await both('run', 'demo/config.yaml', '--set', 'judge=claude:claude-haiku-5-5')
    expect([ended.code, ended.out]).toEqual([3, ''])
    expect(ended.err).toBe(
      'kinograd: claude:claude-haiku-5-5 needs a key and ANTHROPIC_API_KEY is not set. Set it, or name another teacher.\n',
    )
    expect(existsSync(inside('runs'))).toBe(false)
  })
  test('names a module that cannot be run, or that exports something else', async () => {
    await writeFile(inside('demo', 'own.mjs'), 'export const near = 3\nexport const close = () => 1\n')
    const with_ = (given: string) => here('run', 'demo/config.yaml', '--set', `rl.rewards.reasoning=${given}`)
    const exported = await with_('{ accuracy: { module: ./own.mjs, export: clse } }')
    expect(exported.err).toContain(
      'rl.rewards.reasoning.accuracy.export: ./own.mjs exports no clse. Did you mean close?\n',
    )
    const value = await with_('{ accuracy: { module: ./own.mjs, export: near } }')
    expect(value.err).toContain('./own.mjs exports near as 3, and it must be a function\n')
    const none = await with_('{ accuracy: { module: ./none.mjs } }')
    expect(none.err).toContain(
      'rl.rewards.reasoning.accuracy.module: is "./none.mjs", which cannot be run: Cannot find module',
    )
  })
  test('refuses an engine elsewhere without its tokenizer, and plans it all the same', async () => {
    const engine = ['--set', "policy={ engine: 'http://127.0.0.1:1' }"]
    const refused = await here('run', 'demo/config.yaml', ...engine)
    expect(refused.code).toBe(2)
    expect(refused.err).toContain(
      'policy.engine: names an engine elsewhere, whose prompts are made here: give policy.tokenizer',
    )
    const planned = await here('run', 'demo/config.yaml', ...engine, '--dry-run')
    expect([planned.code, planned.err]).toEqual([0, ''])
    expect(planned.out).toContain('whose time and memory are not planned here')
  })
  test('--dry-run says phases, memory, questions to the judge and their cost, and writes nothing', async () => {
    const planned = await both('run', 'demo/config.yaml', '--dry-run', '--set', 'judge=claude:claude-haiku-5-5')
    expect([planned.code, planned.err]).toEqual([0, ''])
    expect(planned.out).toContain('what would be done on wasm; nothing is sent or written')
    expect(planned.out).toContain('records: 12 records (12 videos)')
    expect(planned.out).toMatch(
      /judge claude:claude-haiku-5-5: at most 368 questions, .* USD by prices of \d{4}-\d\d-\d\d \(12 chains, 320 rollouts, 36 answers\)/,
    )
    expect(planned.out).toMatch(
      /PA-GRPO +< 1 min +\d+ MB +10 updates of 4 questions, 8 completions of at most 48 tokens each/,
    )
    expect(planned.out).toContain('results would go to runs/first-run')
    expect(existsSync(inside('runs'))).toBe(false)
  })
})

describe('a run without rollouts', () => {
  test('is an evaluation alone: its page opens', async () => {
    const only =
      'records: questions.jsonl\nmedia: { root: . }\npolicy: { tiny: true }\nprompt: question\nevaluation: { maxTokens: 4 }\n'
    await writeFile(inside('demo', 'only.yaml'), only)
    const ended = await run('run', 'demo/only.yaml', '--out', 'only')
    expect([ended.code, ended.err]).toEqual([0, ''])
    expect(ended.out).toContain('Everything lies in only: report.html')
    const page = await readFile(inside('only', 'report.html'), 'utf8')
    expect(page).toContain('</html>')
    expect((await here('inspect', 'only', '--why')).code).toBe(0)
    const again = await here('run', 'demo/only.yaml', '--out', 'only')
    expect([again.code, again.err]).toEqual([
      4,
      'kinograd: only holds a run already. Add --resume to continue it, or choose another --out.\n'.replaceAll(
        'only holds',
        `${inside('only')} holds`,
      ),
    ])
    const other = await here('run', 'demo/only.yaml', '--out', 'only', '--resume', '--set', 'evaluation.maxTokens=5')
    expect(other.code).toBe(4)
    expect(other.err).toContain('was made with config.evaluation.maxTokens = 4, now it is 5')
    const kept = await run('run', 'demo/only.yaml', '--out', 'only', '--resume')
    expect([kept.code, kept.err]).toEqual([0, ''])
  })
})

describe('a subset of the phases', () => {
  const head = 'records: questions.jsonl\nmedia: { root: . }\n'
  test('is the data alone, or reinforcement alone under a reward of one’s own, which must stay the same', async () => {
    await writeFile(
      inside('demo', 'data.yaml'),
      `${head}teacher: scripted:chains.jsonl\njudge: scripted\nannotation: {}\n`,
    )
    const data = await run('run', 'demo/data.yaml', '--out', 'data')
    expect([data.code, data.err]).toEqual([0, ''])
    expect(data.out).toContain('Chains: 12 written, 10 with the right answer, 9 kept.')
    await writeFile(inside('demo', 'reward.mjs'), 'export default () => 1\n')
    const rl =
      'rl: { updates: 1, prompts: 1, completions: 2, loss: { beta: 0 }, sampling: { maxTokens: 4 }, rewards: { perception: none, reasoning: { accuracy: { module: ./reward.mjs } } } }\n'
    await writeFile(inside('demo', 'rl.yaml'), `${head}policy: { tiny: true }\nprompt: question\n${rl}`)
    const alone = await run('run', 'demo/rl.yaml', '--out', 'rl')
    expect([alone.code, alone.err]).toEqual([0, ''])
    await writeFile(inside('demo', 'reward.mjs'), 'export default () => 2\n')
    const other = await run('run', 'demo/rl.yaml', '--out', 'rl', '--resume')
    expect(other.code).toBe(4)
    expect(other.err).toContain('was made with modules../reward.mjs = ')
  }, 300_000)
})

describe('a run that is killed in its first second', () => {
  test('has a page, and is resumed from its beginning', async () => {
    const args = ['run', 'demo/only.yaml', '--out', 'early']
    const ended = await kinograd(args, { cwd: folder, killWhen: () => existsSync(inside('early', 'config.json')) })
    expect(ended.code).toBe(null)
    const page = await here('report', 'early')
    expect([page.code, page.err]).toEqual([0, ''])
    expect(await readFile(inside('early', 'report.html'), 'utf8')).toContain('</html>')
    const resumed = await run(...args, '--resume')
    expect([resumed.code, resumed.err]).toEqual([0, ''])
  })
})
