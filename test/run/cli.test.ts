import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { either as E, taskEither as TE } from 'fp-ts'
import * as t from 'io-ts'
import { flagsHelp, main, openRun, parseFlags, phase, type Section, writeReport } from 'kinograd/run'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fc, test } from '../property.ts'

const numRuns = Number(process.env.KINOGRAD_FUZZ_RUNS ?? 100)
let root = ''
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'kinograd-cli-'))
})
afterAll(() => rm(root, { recursive: true }))

const call = async (args: readonly string[], env: Record<string, string> = { KINOGRAD_NATIVE: 'off' }) => {
  const out: string[] = []
  const err: string[] = []
  const code = await main(args, { out: line => out.push(line), err: line => err.push(line), env, cwd: root })
  return { code, out: out.join('\n'), err: err.join('\n') }
}

const flags = {
  preset: { kind: 'text', value: 'NAME', choices: ['quick', 'default', 'full'], help: 'how much' },
  seed: { kind: 'integer', value: 'N', min: 0, help: 'the seed' },
  out: { kind: 'text', value: 'DIR', help: 'where' },
  resume: { kind: 'switch', help: 'continues' },
} as const

describe('flags', () => {
  it('are read with their types', () => {
    const read = parseFlags(flags, ['RUN'], ['--preset', 'quick', 'there', '--seed=7', '--resume'])
    expect(read).toEqual(
      E.right({ flags: { preset: 'quick', seed: 7, out: undefined, resume: true }, positionals: ['there'] }),
    )
    if (E.isRight(read)) {
      const preset: 'quick' | 'default' | 'full' | undefined = read.right.flags.preset
      const seed: number | undefined = read.right.flags.seed
      expect([preset, seed]).toEqual(['quick', 7])
    }
  })

  it.each([
    [['--sed', '7'], '--sed is not a flag', 'Did you mean --seed?'],
    [['--seeed=7'], '--seeed is not a flag', 'Did you mean --seed?'],
    [['-s'], '-s is not a flag', 'There is: --preset, --seed, --out, --resume.'],
    [['--verbose'], '--verbose is not a flag', 'There is: --preset'],
    [['--seed'], '--seed needs a value', 'Write --seed N.'],
    [['--seed', '1.5'], '--seed is 1.5', 'Give a whole number from 0.'],
    [['--seed=-1'], '--seed is -1', 'Give a whole number from 0.'],
    [['--seed', '1', '--seed', '2'], '--seed is given twice', 'Give it once.'],
    [['--preset', 'quik'], '--preset is quik', 'Did you mean quick?'],
    [['--resume=yes'], '--resume takes no value', 'Leave it away.'],
    [['--out='], '--out needs a value', 'Write --out DIR.'],
    [['--constructor'], '--constructor is not a flag', 'There is'],
    [['extra'], 'extra is one argument too many', 'See --help.'],
  ])('%j', (args, cause, remedy) => {
    expect(parseFlags(flags, [], args)).toMatchObject({
      left: { _tag: 'Usage', cause: expect.stringContaining(cause), remedy: expect.stringContaining(remedy) },
    })
  })

  test.prop([fc.array(fc.oneof(fc.string(), fc.constantFrom('--seed', '--resume', '--', '-x', '--out=a', '3')))], {
    numRuns,
  })('any arguments are read or refused, never thrown at', args => {
    const read = parseFlags(flags, [], args)
    expect(['Left', 'Right']).toContain(read._tag)
  })

  it('are listed', () => {
    expect(flagsHelp(flags).split('\n')[0]).toBe('  --preset quick|default|full  how much')
  })
})

const sections: readonly Section[] = [
  {
    parts: [
      {
        kind: 'facts',
        facts: [
          ['seed', '1'],
          ['boxes', '3'],
        ],
      },
    ],
  },
  {
    title: 'What came of it',
    parts: [
      { kind: 'table', columns: [{ title: '' }, { title: 'mine' }], rows: [{ name: 'accuracy', cells: ['0.570'] }] },
    ],
  },
]

describe('shares', () => {
  const share = { tolerate: { kind: 'share', value: '5%', help: 'how much' } } as const

  it.each([
    ['0', 0],
    ['0.05', 0.05],
    ['.5', 0.5],
    ['5%', 0.05],
    ['100%', 1],
    ['1', 1],
  ])('%s is %d', (text, value) => {
    expect(parseFlags(share, [], ['--tolerate', text])).toMatchObject({ right: { flags: { tolerate: value } } })
  })

  it.each(['5', '-1', '101%', 'x', '%', '1e-2', 'NaN'])('%s is none', text => {
    expect(parseFlags(share, [], [`--tolerate=${text}`])).toMatchObject({
      left: { cause: `--tolerate is ${text}`, remedy: 'Give a share from 0 to 1, or percent, such as 5%.' },
    })
  })
})

describe('kinograd', () => {
  it('inspect names the phases of a run, where one is asked for that it has not', async () => {
    const opened = await openRun({ directory: join(root, 'phases'), config: {}, resume: false })()
    if (E.isLeft(opened)) throw new Error(opened.left.cause)
    const run = opened.right
    await phase(run, 'SFT', t.null, () => TE.right(null))()
    await run.metrics({ phase: 'PA-GRPO', step: 0, values: { reward: 1 } })()
    const failure = { item: '1', stage: 's', tag: 'T', cause: 'c', remedy: 'r' }
    await run.failure({ phase: 'CoT data', ...failure })()
    await run.close()
    for (const more of [[], ['--rollouts'], ['--failures']]) {
      const near = await call(['inspect', 'phases', '--phase', 'PA-GRP', ...more])
      expect([near.code, near.err]).toEqual([2, 'kinograd: PA-GRP is no phase of phases. Did you mean PA-GRPO?'])
      const far = await call(['inspect', 'phases', '--phase', 'evaluation', ...more])
      expect(far.err).toContain('There is: SFT, PA-GRPO, CoT data.')
    }
    expect((await call(['inspect', 'phases', '--failures', '--phase', 'CoT data'])).code).toBe(0)
  })

  it('report and inspect of a folder that is no run leave it as it is', async () => {
    await mkdir(join(root, 'none'))
    await writeFile(join(root, 'none', 'mine.txt'), 'mine')
    for (const command of ['report', 'inspect']) {
      const { code, err } = await call([command, 'none'])
      expect([code, err.split('\n').length]).toEqual([1, 1])
      expect(err).toContain('holds no run: config.json is missing. Name a run folder.')
    }
    expect(await readdir(join(root, 'none'))).toEqual(['mine.txt'])
  })

  it('helps, with the exit codes', async () => {
    for (const args of [['--help'], ['-h'], ['help'], ['inspect', '--help']]) {
      const { code, out } = await call(args)
      expect(code).toBe(0)
      expect(out).toContain('130  stopped by Ctrl-C')
    }
    expect((await call([])).code).toBe(2)
  })

  it.each([
    [['docter'], 'Did you mean doctor?'],
    [['report'], 'RUN is missing'],
    [['inspect', 'x', '--faliures'], 'Did you mean --failures?'],
    [['doctor', '--fix'], '--fix is not a flag'],
  ])('%j is a usage error', async (args, said) => {
    const { code, out, err } = await call(args)
    expect([code, out]).toEqual([2, ''])
    expect(err).toContain(said)
  })

  it('doctor says what is in use and never a key', async () => {
    const { code, out } = await call(['doctor'], { KINOGRAD_NATIVE: 'off', ANTHROPIC_API_KEY: 'the-very-key-itself' })
    expect(code).toBe(0)
    expect(out).toContain(process.version)
    expect(out).toMatch(/tensors +wasm/)
    expect(out).toContain('npm run native')
    expect(out).toMatch(/video +node-av wrote and read H\.264/)
    expect(out).toContain('ANTHROPIC_API_KEY is set')
    expect(out).not.toContain('the-very-key-itself')
    expect(out).toContain('The main job can run')
  })

  it('native that is switched off says so and ends with 3', async () => {
    const { code, err } = await call(['native'])
    expect(code).toBe(3)
    expect(err).toContain('KINOGRAD_NATIVE')
  })

  it('report and inspect read a run', async () => {
    const directory = join(root, 'a-run')
    const opened = await openRun({ directory, config: { seed: 1 }, resume: false, env: {} })()
    if (E.isLeft(opened)) throw new Error(opened.left.cause)
    const run = opened.right
    await phase(run, 'sft', t.null, () => TE.right(null))()
    const row = {
      phase: 'rl',
      problem: 'how \u001b[31mmany ?',
      problemType: 'numerical',
      answer: '3',
      completion: 'o t',
    }
    const segments = [
      { process: 'perception', text: 'three balls' },
      { process: null, text: ' ' },
      { process: 'reasoning', text: 'so 3' },
    ]
    for (const step of [0, 1])
      await run.rollouts([
        {
          ...row,
          step,
          id: `r${step}`,
          rewards: { perception: null, reasoning: 2 },
          advantages: { reasoning: 0.5 },
          segments,
        },
      ])()
    await run.failure({
      phase: 'rl',
      item: 'clip-9',
      stage: 'decode',
      tag: 'NotAVideo',
      cause: 'broken',
      remedy: 'Mend it.',
    })()
    expect((await call(['inspect', 'a-run'])).out).toContain('not finished')
    await run.metrics({ phase: 'rl', step: 7, values: { 'iou/mean': 0.25, odd: Number.NaN } })()
    await run.summary({ boxes: 3 })()
    await run.close()
    expect((await call(['report', 'a-run'])).out).toBe(join(directory, 'report.html'))
    expect(await readFile(join(directory, 'report.html'), 'utf8')).toContain('iou/mean')
    await writeReport(directory, sections)()
    expect((await call(['report', 'a-run'])).out).toBe(join(directory, 'report.html'))
    expect(await readFile(join(directory, 'report.html'), 'utf8')).toContain('What came of it')
    const overview = await call(['inspect', directory])
    for (const said of [
      'a-run: finished',
      '  seed 1 · boxes 3',
      'What came of it',
      'accuracy │ 0.570',
      'sft was finished',
      '  rl: 1 steps; last iou/mean 0.2500, odd –',
      '1 failures NotAVideo',
    ])
      expect(overview.out).toContain(said)
    const rollouts = await call(['inspect', 'a-run', '--rollouts', '--limit', '1'])
    expect(rollouts.out.split('\n')).toEqual([
      String.raw`rl step 1, record r1 (numerical): how \u001b[31mmany ?`,
      '  right answer: 3',
      '  perception unscored (advantage 0.00), reasoning 2 (advantage 0.50)',
      '  [perception] three balls',
      '  [reasoning] so 3',
    ])
    expect((await call(['inspect', 'a-run', '--rollouts', '--id', 'r7'])).out).toBe('Nothing matches.')
    expect((await call(['inspect', 'a-run', '--failures'])).out).toBe(
      'rl, decode, clip-9: broken (NotAVideo). Mend it.',
    )
    expect((await call(['inspect', 'nowhere'])).err).toContain('holds no run')
    await writeFile(join(directory, 'summary.json'), '{"seed": ')
    expect(await call(['report', 'a-run'])).toMatchObject({ code: 1, err: expect.stringContaining('is not JSON') })
  })
})
