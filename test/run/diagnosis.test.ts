import { rm } from 'node:fs/promises'
import { main } from 'kinograd/run'
import { expect, test } from 'vitest'
import { type MadeStep, madeRow, madeRun, numbers } from './made-run.ts'

const random = numbers(5)

/** A step at which all is well: rewards differ, the template is followed. */
const healthy = (phase: string, step: number): MadeStep => ({
  values: {
    learning_rate: 1e-4,
    grad_norm: 0.5,
    'frac_reward_zero_std/perception': 0.1,
    'frac_reward_zero_std/reasoning': 0.2,
    'rewards/perception/mean': 1.4,
    'rewards/reasoning/mean': 1.3,
    'completions/clipped_ratio': 0,
  },
  rows: Array.from({ length: 4 }, (_, place) => {
    const [seen, right] = [random() < 0.5 ? 1 : 0, random() < 0.5 ? 1 : 0]
    return madeRow({
      phase,
      step,
      place,
      rewards: { perception: 1 + seen, reasoning: 1 + right },
      parts: { perception: { accuracy: seen, format: 1 }, reasoning: { accuracy: right, format: 1 } },
    })
  }),
})

const why = async (make: (phase: string, step: number) => MadeStep): Promise<readonly string[]> => {
  const directory = await madeRun(['PA-GRPO'], 20, make)
  const lines: string[] = []
  const code = await main(['inspect', directory, '--why'], {
    out: line => lines.push(line),
    err: line => lines.push(line),
    env: {},
    cwd: '.',
  })
  await rm(directory, { recursive: true })
  expect(code).toBe(0)
  return lines
}

test('nothing is said against a healthy run', async () =>
  expect(await why(healthy)).toEqual(['Nothing in the numbers of this run speaks against its learning.']))

test('a run without metrics says so', async () => {
  const lines: string[] = []
  const directory = await madeRun([], 0, healthy)
  await main(['inspect', directory, '--why'], {
    out: line => lines.push(line),
    err: line => lines.push(line),
    env: {},
    cwd: '.',
  })
  await rm(directory, { recursive: true })
  expect(lines).toEqual(['No phase of this run wrote metrics: there is nothing to go by.'])
})

const values =
  (more: Record<string, number>) =>
  (phase: string, step: number): MadeStep => {
    const { rows, values } = healthy(phase, step)
    return { rows, values: { ...values, ...more } }
  }
const rows =
  (change: (row: MadeStep['rows'][number]) => Partial<MadeStep['rows'][number]>) =>
  (phase: string, step: number): MadeStep => {
    const made = healthy(phase, step)
    return { values: made.values, rows: made.rows.map(row => ({ ...row, ...change(row) })) }
  }
const parts = (perception: number) => ({
  parts: { perception: { accuracy: perception, format: 1 }, reasoning: { accuracy: random() < 0.5 ? 1 : 0 } },
})

test.each([
  ['a learning rate of 0', values({ learning_rate: 0, kl: 0 }), /learning_rate is 0 at all 20 steps/],
  [
    'a judge that says yes to everything',
    rows(() => parts(1)),
    /perception: 100 % of 80 scored completions got the accuracy 1/,
  ],
  ['a judge that says no to everything', rows(() => parts(0)), /perception: 100 % of 80 .* accuracy 0/],
  [
    'a template that is never followed',
    rows(() => ({ malformed: { at: 0, why: 'no <observation>' } })),
    /100 % .* do not follow the template/,
  ],
  ['a limit of tokens that is too low', values({ 'completions/clipped_ratio': 0.8 }), /80 % .* limit of tokens/],
  [
    'questions that are too easy',
    values({ 'frac_reward_zero_std/reasoning': 0.95 }),
    /reasoning: 95 % of the groups have equal rewards, mean reward 1.3/,
  ],
  ['a judge that cannot be reached', values({ 'unscored/perception': 0.6 }), /perception: 60 % .* unscored/],
  ['a policy that left its reference', values({ kl: 3 }), /kl is 3/],
  ['steps that are too long', values({ 'clip_ratio/region_mean': 0.5 }), /50 % of the tokens are clipped/],
  ['no gradient', values({ grad_norm: 0 }), /grad_norm is 0/],
  ['a loss that is no number', values({ loss: Number.NaN }), /loss is not a number at 20 of 20 steps/],
  ['a judge whose share of yes is written down', values({ 'judge/yes_rate': 1 }), /judge\/yes_rate: .* 100 %/],
  [
    'a reward in one piece that is always the same',
    rows(row => ({ parts: {}, rewards: { ...row.rewards, perception: 0.5 } })),
    /perception: 100 % of 80 scored completions got the reward 0.5/,
  ],
  [
    'a reward that is always the same where no completion was kept',
    (phase: string, step: number) => ({
      rows: [],
      values: { ...healthy(phase, step).values, 'rewards/perception/mean': 2, 'frac_reward_zero_std/perception': 1 },
    }),
    /perception: the mean reward is 2 at all 20 steps/,
  ],
  [
    'a loss of fine-tuning that stands still',
    (_: string, step: number) => ({ rows: [], values: { loss: 3 + (step % 2) / 10, lr: 1e-4 } }),
    /loss goes from 3.05 to 3.05/,
  ],
  [
    'a learning rate of 0 under another name',
    (_: string, step: number) => ({ rows: [], values: { 'optim/lr': 0, loss: 3 + step } }),
    /learning_rate is 0 at all 20 steps/,
  ],
])('%s is named first, with its cause and what to try', async (_, make, sign) => {
  const [first = '', second = ''] = await why(make)
  expect(first).toMatch(sign)
  expect(second).toMatch(/^ {2}\S.*\. \S.*\.$/)
})

test('an entropy that falls and a type that is forgotten are seen over the steps', async () => {
  const falling = await why((phase, step) => values({ entropy: 2 ** -step })(phase, step))
  expect(falling[0]).toMatch(/entropy fell from/)
  const forgotten = await why((phase, step) => ({
    ...healthy(phase, step),
    rows: healthy(phase, step).rows.map(row => ({ ...row, rewards: { perception: 2 - step / 20, reasoning: 1 } })),
  }))
  expect(forgotten.join('\n')).toMatch(/type numerical fell from/)
})
