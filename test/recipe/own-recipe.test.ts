import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import * as t from 'io-ts'
import { paGrpo } from 'kinograd/advantage'
import { cotRecord, readWith, videoRecord, writeRecords } from 'kinograd/dataset'
import { loadPreprocessor, loadTokenizer, qwenPrompt } from 'kinograd/engine'
import { loadPolicy, selectBackend, tinyPolicy } from 'kinograd/engine/tfjs'
import { type Fault, orThrow } from 'kinograd/flow'
import { encodeVideo, nodeAv, uniform } from 'kinograd/media'
import { template } from 'kinograd/process'
import { namesOf, performRecipe, planOf, type Recipe, type RecipePolicy, runRecipe } from 'kinograd/recipe'
import { accuracy, noLength } from 'kinograd/reward'
import { openRun } from 'kinograd/run'
import { readMeasuredRun } from 'kinograd/simulation'
import { eachRollout, fromRecords } from 'kinograd/stages'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

/* A recipe with three processes, a field of its records' own, a checkpoint in Hugging Face's layout and a low-rank adapter. */

const three = template({ perception: ['observation'], grounding: ['when'], reasoning: ['answer'] })
type Process = (typeof three.processes)[number]
type Tag = (typeof three.segments)[number]['tag']

const span = t.strict({ span: t.tuple([t.number, t.number]) })
const grounded = t.intersection([videoRecord, span])
const groundedChain = t.intersection([cotRecord, span])
type Grounded = t.TypeOf<typeof grounded>
type Own = Recipe<Process, Tag, Grounded>

const chain = (seen: string, [from, to]: Grounded['span'], answer: string) =>
  `<observation>${seen}</observation><when>${from} to ${to}</when><answer>${answer}</answer>`

let root = ''
const at = (...names: string[]) => join(root, ...names)
const side = 28

/** Clips of 1, 2 and 3 "boxes": the more, the brighter. Questions about each, with the seconds in which they can be seen. */
const makeSet = async (): Promise<void> => {
  for (const boxes of [1, 2, 3]) {
    const frame = new Uint8Array(side * side * 3).fill(60 * boxes)
    orThrow(
      await encodeVideo(at(`${boxes}.mp4`), [frame, frame, frame, frame], { width: side, height: side, fps: 2 })(),
    )
  }
  const questions = Array.from({ length: 12 }, (_, i): Grounded => {
    const boxes = (i % 3) + 1
    const what = { problem: 'How many boxes?', problemType: 'numerical', dataType: 'video' } as const
    return { ...what, id: `${i}`, answer: `${boxes}`, options: [], path: `${boxes}.mp4`, source: '', span: [boxes, 9] }
  })
  orThrow(await writeRecords(grounded, at('questions.jsonl'), questions)())
  const { write, engine } = tinyPolicy({
    seed: 3,
    texts: [...questions.map(q => chain('I see boxes', q.span, q.answer))],
  })
  orThrow(await write(at('checkpoint'))())
  engine.dispose()
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'kinograd-own-'))
  orThrow(await selectBackend({ backend: 'wasm' })())
  await makeSet()
}, 120_000)
afterAll(() => rm(root, { recursive: true }))

const options = {
  backend: 'wasm',
  adapter: { rank: 4, alpha: 8, targets: ['q_proj', 'v_proj'] },
  optimiser: { clip: 1 },
} as const

/** The checkpoint with a fresh adapter. */
const policy = (): TE.TaskEither<Fault, RecipePolicy<Grounded>> =>
  F.pipe(
    loadTokenizer(at('checkpoint')),
    TE.bindTo('tokenizer'),
    TE.bindW('preprocessor', () => loadPreprocessor(at('checkpoint'))),
    TE.map(({ tokenizer, preprocessor }) => ({
      tokenizer,
      open: () =>
        TE.map(({ engine }: { engine: Parameters<NonNullable<RecipePolicy['save']>>[0] }) => engine)(
          loadPolicy(at('checkpoint'), options),
        ),
      // The own field reaches the prompt, in fine-tuning as well.
      prompt: qwenPrompt({
        tokenizer,
        question: ({ record }) => `${record.problem} until ${record.span[1]}`,
        ...preprocessor,
      }),
      target: ({ output }) => tokenizer.encode(`${output}<|im_end|>`),
    })),
  )

const split = () => ({
  files: [at('questions.jsonl')],
  read: () => fromRecords(readWith(grounded)(at('questions.jsonl'))),
})

const base = (name: string): Own => ({
  title: 'Three processes',
  directory: at(name),
  settings: { seed: 4 },
  seed: 4,
  template: three,
  media: { root, decoder: nodeAv(), spec: uniform(2) },
  policy: policy(),
})

const data = (): NonNullable<Own['data']> => ({
  records: split(),
  teachers: TE.right({
    annotator: {
      name: 'script',
      annotate: ({ record }) =>
        TE.right(record.id === '7' ? 'no chain' : chain(`I see ${record.answer} boxes`, record.span, record.answer)),
    },
    prompt: ({ problem, span: [from] }) => `${problem} from ${from}`,
  }),
  tags: { answer: 'answer', observation: 'observation' },
  codec: groundedChain,
})

const rl = (): NonNullable<Own['rl']> => ({
  records: split(),
  arms: [
    {
      name: 'mine',
      title: 'Mine',
      normaliser: paGrpo(),
      rate: 1e-3,
      loss: { beta: 0.04 },
      constantGroups: 'frac_reward_zero_std/pa_grpo',
    },
  ],
  updates: 3,
  prompts: 2,
  sampling: { count: 3, maxTokens: 12, temperature: 1 },
  rewards: {
    accuracy: {
      perception: (_, { text }) => text.length % 5,
      // An own reward over an own field.
      grounding: (record, { text }) => (text.includes(`${record.span[0]}`) ? 1 : 0),
      reasoning: (record, { text }) => (text.includes(record.answer) ? 1 : 0),
    },
    extra: { grounding: { early: eachRollout(({ span: [from] }: Grounded) => from / 10) } },
    length: { perception: noLength, grounding: noLength, reasoning: noLength },
  },
  watch: { records: split(), every: 3 },
})

const grading: NonNullable<Own['grading']> = {
  grade: (record, { text, processes }) =>
    F.pipe(
      accuracy()(record.problemType)(text, record.answer),
      E.map(score => ({ accuracy: score, wellFormed: Object.values(processes).every(part => part !== null) })),
    ),
  sampling: { maxTokens: 12, temperature: 0 },
}

const whole = (name: string): Own => ({
  ...base(name),
  data: data(),
  sft: { steps: 4, batch: 4, rate: () => 1e-3 },
  rl: rl(),
  grading,
  evaluation: { records: split() },
})

const opening = (signal = new AbortController().signal) => ({ resume: true, backend: 'wasm', signal })
const lines = async (name: string, file: string): Promise<readonly Record<string, unknown>[]> =>
  (await readFile(at(name, file), 'utf8').catch(() => ''))
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line))
const untimed = async (name: string) =>
  (await lines(name, 'metrics.jsonl')).map(({ time: _, seconds: __, ...row }) => row)

describe('a recipe of three processes', { timeout: 240_000 }, () => {
  test('does all its phases; own fields reach prompts, rewards and chains', async () => {
    const summary = orThrow(await performRecipe(whole('whole'), opening())())
    expect(summary.retention).toMatchObject({ annotated: 12, verified: 11, sufficient: 11 })
    expect(summary).not.toHaveProperty('judge')
    expect((await lines('whole', 'cot.jsonl'))[0]).toMatchObject({ span: [1, 9], observation: 'I see 1 boxes' })
    expect(Object.keys(summary.policies)).toEqual(['base', 'sft', 'mine'])
    expect(summary.policies.mine).not.toHaveProperty('perceptionSufficiency')
    expect(summary.runs.mine?.curve.map(({ update }) => update)).toEqual([0, 3])
    const rows = (await untimed('whole')).filter(({ phase }) => phase === 'Mine')
    expect(rows.map(({ step }) => step)).toEqual([0, 1, 2])
    for (const { values } of rows)
      expect(Object.keys(Object(values))).toEqual(
        expect.arrayContaining(['kl', 'rewards/grounding/mean', 'same_rollouts/grpo/constant_groups']),
      )
    // What an update was about and where its time went, for simulations.
    for (const { work } of rows)
      expect(work).toMatchObject({ questions: 2, lengths: Array(6).fill(expect.any(Number)) })
    const { updates } = orThrow(await readMeasuredRun(at('whole'))())
    expect(updates.length).toBe(3)
    for (const { parts } of updates) expect(Math.min(parts.rollout ?? 0, parts.update ?? 0)).toBeGreaterThan(0)
    const page = await readFile(at('whole', 'report.html'), 'utf8')
    for (const said of ['Reward of grounding', 'Accuracy by problem type', 'Mine']) expect(page).toContain(said)
    expect(page.replaceAll(/<script[\s\S]*?<\/script>/g, '')).not.toMatch(/NaN|undefined/)
  })

  test('stopped in the middle of an arm, goes on to the same numbers', async () => {
    const stop = new AbortController()
    const watched = (recipe: Own): Own => ({
      ...recipe,
      rl: {
        ...rl(),
        rewards: {
          ...rl().rewards,
          accuracy: {
            ...rl().rewards.accuracy,
            perception: (_, { text }) => {
              stop.abort()
              return text.length % 5
            },
          },
        },
      },
    })
    const stopped = await performRecipe(watched(whole('stopped')), opening(stop.signal))()
    expect(stopped).toMatchObject({ left: { _tag: 'Cancelled' } })
    expect((await untimed('stopped')).filter(({ phase }) => phase === 'Mine')).toHaveLength(1)
    const summary = orThrow(await performRecipe(whole('stopped'), opening())())
    expect(await untimed('stopped')).toEqual(await untimed('whole'))
    expect(summary.policies).toEqual(JSON.parse(await readFile(at('whole', 'summary.json'), 'utf8')).policies)
  })

  test('runs an arm with two seeds; stopped in the second, it goes on as an unbroken run', async () => {
    const start = at('whole', 'checkpoints', 'sft')
    const twice = (name: string): Own => ({
      ...base(name),
      rl: { ...rl(), start, seeds: 2 },
      grading,
      evaluation: { records: split() },
    })
    const unbroken = orThrow(await performRecipe(twice('two-seeds'), opening())())
    expect(unbroken.runs.mine?.seeds?.map(({ seed, updates }) => [seed, updates])).toEqual([
      [5, 3],
      [6, 3],
    ])
    expect(Object.keys(unbroken.policies)).toEqual(['base', 'start', 'mine'])
    const stop = new AbortController()
    const recipe = twice('two-seeds-stopped')
    let asked = 0
    const stopping: Own = {
      ...recipe,
      rl: {
        ...rl(),
        start,
        seeds: 2,
        rewards: {
          ...rl().rewards,
          accuracy: {
            ...rl().rewards.accuracy,
            perception: (record, rollout, ...more) => {
              asked += 1
              if (asked === 20) stop.abort()
              return rl().rewards.accuracy.perception(record, rollout, ...more)
            },
          },
        },
      },
    }
    expect(await performRecipe(stopping, opening(stop.signal))()).toMatchObject({ left: { _tag: 'Cancelled' } })
    const rows = await untimed('two-seeds-stopped')
    expect(rows.some(({ phase }) => phase === 'Mine, run 2')).toBe(true)
    const resumed = orThrow(await performRecipe(recipe, opening())())
    expect(await untimed('two-seeds-stopped')).toEqual(await untimed('two-seeds'))
    expect(resumed.policies).toEqual(unbroken.policies)
  })

  test('reinforces from a checkpoint alone, with a second engine as its reference', async () => {
    const start = at('whole', 'checkpoints', 'sft')
    let graded = 0
    const counted: typeof grading = {
      ...grading,
      grade: (...answer) => {
        graded += 1
        return grading.grade(...answer)
      },
    }
    const alone = { ...base('arms'), rl: { ...rl(), start, reference: 'start', updates: 1 } as const, grading: counted }
    const summary = orThrow(await performRecipe(alone, opening())())
    // Watched twice, each question once each time.
    expect(graded).toBe(24)
    expect([Object.keys(summary.policies), summary.runs.mine?.updates]).toEqual([[], 1])
    // Where it starts is its own reference: the first update has no KL yet.
    const [row] = await untimed('arms')
    expect(Object(row?.values).kl).toBeCloseTo(0, 6)
  })

  test('rewards the use of order in time, by a control with frames out of order', async () => {
    const start = at('whole', 'checkpoints', 'sft')
    const { watch: _, ...unwatched } = rl()
    const [arm] = unwatched.arms
    const texts: string[] = []
    const rewards: NonNullable<Own['rl']>['rewards'] = {
      ...unwatched.rewards,
      accuracy: {
        ...unwatched.rewards.accuracy,
        reasoning: (_record, { text }) => {
          texts.push(text)
          return 1
        },
      },
    }
    const temporal = { process: 'reasoning', completions: 2 } as const
    const controlled = { ...unwatched, start, rewards, updates: 1, arms: [{ ...arm!, temporal }] }
    orThrow(await performRecipe({ ...base('temporal'), rl: controlled }, opening())())
    // Two questions: three completions in order and two out of order each.
    expect(texts).toHaveLength(2 * (3 + 2))
    const rows = (await readFile(at('temporal', 'rollouts.jsonl'), 'utf8')).trim().split('\n')
    // All are right in both orders, which is often enough for the bonus.
    for (const row of rows) expect(row).toContain('"temporal":0.3')
    expect(rows).toHaveLength(2 * 3)
  })

  test('evaluates alone', async () => {
    const policies = [['tuned', at('whole', 'checkpoints', 'sft')]] as const
    const evaluated = { ...base('evaluated'), grading, evaluation: { records: split(), policies } }
    const summary = orThrow(await performRecipe(evaluated, opening())())
    const before = JSON.parse(await readFile(at('whole', 'summary.json'), 'utf8'))
    expect(summary.policies.tuned).toEqual(before.policies.sft)
    expect(summary.runs).toEqual({})
  })

  test('makes data alone, and opens no policy for it', async () => {
    const never: Own['policy'] = TE.left({ _tag: 'Opened', cause: 'the policy was opened', remedy: '' })
    const summary = orThrow(await performRecipe({ ...base('data'), policy: never, data: data() }, opening())())
    expect([summary.retention?.sufficient, summary.policies, summary.runs]).toEqual([11, {}, {}])
  })
})

describe('a recipe that cannot be', () => {
  const refused = async (recipe: Own): Promise<string> => {
    const run = orThrow(await openRun({ directory: recipe.directory, config: {}, resume: true, env: {} })())
    const ended = await runRecipe(recipe, { run, backend: 'wasm', signal: new AbortController().signal })()
    await run.close()
    return E.isLeft(ended) ? `${ended.left._tag}: ${ended.left.cause}` : 'taken'
  }
  const [arm] = rl().arms
  const { watch: _, ...unwatched } = rl()

  test.each<[string, Partial<Own>]>([
    ['0 phases', {}],
    ['fine-tuning has no chains', { sft: { steps: 1, batch: 1, rate: () => 1 } }],
    ['nothing says how an answer is graded', { evaluation: { records: split() } }],
    ['nothing says how an answer is graded', { rl: rl() }],
    ['reinforcement has 0 arms', { rl: { ...unwatched, arms: [] } }],
    [
      'temporal of arm "mine" is for the process "thinking"',
      { rl: { ...unwatched, arms: [{ ...arm!, temporal: { process: 'thinking' as 'reasoning', completions: 2 } }] } },
    ],
    [
      'temporal of arm "mine" has 0 completions',
      { rl: { ...unwatched, arms: [{ ...arm!, temporal: { process: 'reasoning', completions: 0 } }] } },
    ],
    ['an arm has the name "sft"', { rl: { ...unwatched, arms: [{ ...arm!, name: 'sft' }] } }],
    ['two phases are called "Mine"', { rl: { ...unwatched, arms: [arm!, { ...arm!, name: 'other' }] } }],
  ])('%s', async (cause, parts) => {
    const said = await refused({ ...base('refused'), ...parts })
    expect(said).toContain('BadRecipe')
    expect(said).toContain(cause)
  })
})

test('the plan of a recipe names its phases, and times where they are known', () => {
  const plan = planOf({ ...whole('planned'), minutes: { SFT: 3 } }, ['a note'])
  expect(plan.phases.map(({ name, minutes }) => [name, minutes])).toEqual([
    ['CoT data', undefined],
    ['SFT', 3],
    ['Mine', undefined],
    ['evaluation', undefined],
    ['report', undefined],
  ])
})

test('policies are called by the titles of their arms', () => {
  expect(namesOf(whole('named')).get('mine')).toBe('Mine')
})
