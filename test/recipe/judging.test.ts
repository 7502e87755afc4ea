import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { either as E, taskEither as TE } from 'fp-ts'
import { cohenKappa, fleissKappa, openDrawing, openStratified, readJudgements, wilson } from 'kinograd/recipe'
import { type Judge, judge, type Teacher, type TeacherFault, vote } from 'kinograd/teacher'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { judgeAgreementCommand } from '../../src/cli/judge-agreement.ts'
import { csvOf, labelsIn } from '../../src/recipe/judging/export.ts'
import type { PageData } from '../../src/recipe/judging/page-data.ts'
import { preferStructured } from '../../src/recipe/judging/structured.ts'
import { fc, test as property } from '../property.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'judging-'))
})
afterAll(() => rm(folder, { recursive: true }))

const kappaByHand = (a: number, b: number, c: number, d: number) => {
  const n = a + b + c + d
  const chance = ((a + b) * (a + c) + (c + d) * (b + d)) / n ** 2
  return ((a + d) / n - chance) / (1 - chance)
}

describe('measures of agreement', () => {
  // The numbers of statsmodels 0.15: proportion_confint(method='wilson'), cohens_kappa, fleiss_kappa.
  test.each([
    [95, 100, 0.88825, 0.97846],
    [82, 100, 0.73333, 0.883],
    [10, 10, 0.72247, 1],
    [0, 7, 0, 0.35433],
  ])("Wilson's interval of %i in %i", (successes, trials, low, high) => {
    const found = wilson(successes, trials)
    expect(found?.low).toBeCloseTo(low, 4)
    expect(found?.high).toBeCloseTo(high, 4)
  })
  test.each([
    [[20, 5, 10, 15], 0.4, 0.151_092, 0.648_908],
    [[47, 3, 2, 48], 0.9, 0.814_584, 0.985_416],
  ] as const)('κ of %j with its interval', (counts, value, low, high) => {
    const found = cohenKappa(counts)
    expect(found?.value).toBeCloseTo(value, 6)
    expect(found?.low).toBeCloseTo(low, 5)
    expect(found?.high).toBeCloseTo(high, 5)
  })
  test('Fleiss’ κ', () => expect(fleissKappa([0, 1, 2, 3, 0], 3)?.value).toBeCloseTo(0.444_444, 6))
  property.prop([fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 4, maxLength: 4 })])(
    'κ is what its definition says, the same when raters change places or words, and lies in its interval',
    ([a = 1, b = 1, c = 1, d = 1]) => {
      const found = cohenKappa([a, b, c, d])!
      expect(found.value).toBeCloseTo(kappaByHand(a, b, c, d), 10)
      for (const other of [cohenKappa([a, c, b, d])!, cohenKappa([d, c, b, a])!]) {
        expect(other.value).toBeCloseTo(found.value, 10)
        expect(other.low).toBeCloseTo(found.low, 10)
      }
      expect(found.low <= found.value && found.value <= found.high).toBe(true)
    },
  )
  test('the interval of κ holds the true κ in about 95 of 100 samples', () => {
    const random = (() => {
      let state = 7
      return () => {
        state = (state * 48_271) % 2_147_483_647
        return state / 2_147_483_647
      }
    })()
    const shares = [0.45, 0.1, 0.05, 0.4] as const
    const truth = kappaByHand(...shares)
    let held = 0
    for (let trial = 0; trial < 400; trial++) {
      const counts: [number, number, number, number] = [0, 0, 0, 0]
      for (let n = 0; n < 200; n++) {
        const at = random()
        counts[at < 0.45 ? 0 : at < 0.55 ? 1 : at < 0.6 ? 2 : 3]++
      }
      const found = cohenKappa(counts)!
      if (found.low <= truth && truth <= found.high) held++
    }
    expect(held / 400).toBeGreaterThan(0.91)
    expect(held / 400).toBeLessThan(0.99)
  })
  test('Fleiss’ κ of two raters is Scott’s π, and undefined where all say the same', () => {
    const yes = [2, 2, 2, 1, 1, 0, 0, 0, 0, 0]
    const share = 8 / 20
    const chance = share ** 2 + (1 - share) ** 2
    expect(fleissKappa(yes, 2)?.value).toBeCloseTo((0.8 - chance) / (1 - chance), 12)
    expect(fleissKappa([3, 3, 3], 3)).toBeUndefined()
    expect(cohenKappa([5, 0, 0, 0])).toBeUndefined()
    expect(wilson(0, 0)).toBeUndefined()
  })
})

describe('drawing', () => {
  property.prop([fc.integer({ min: 0, max: 60 }), fc.integer({ min: 1, max: 40 }), fc.integer()])(
    'gives so many, in order, the same for the same seed',
    (total, count, seed) => {
      const draw = () => {
        const drawing = openDrawing<number>(count, seed)
        for (let n = 0; n < total; n++) drawing.add(n)
        return drawing.drawn()
      }
      expect(draw()).toHaveLength(Math.min(total, count))
      expect(draw()).toEqual([...draw()].sort((a, b) => a - b))
    },
  )
  test('by strata gives as many of the rare ones as there are', () => {
    const drawing = openStratified<number>(10, 1, n => (n % 50 === 0 ? 'rare' : 'common'))
    for (let n = 0; n < 150; n++) drawing.add(n)
    expect(drawing.drawn().filter(n => n % 50 === 0)).toEqual([0, 50, 100])
    expect(drawing.drawn()).toHaveLength(10)
  })
})

const record = {
  ...({ id: '1', problem: 'How many?', problemType: 'numerical', dataType: 'video', options: [] } as const),
  ...{ answer: '3', path: 'a.mp4', source: '' },
}
const { signal } = new AbortController()

describe('a vote', () => {
  const left = (tag: TeacherFault['_tag']): E.Either<TeacherFault, never> =>
    E.left({ _tag: tag, cause: 'c', remedy: 'r' })
  const said = (...votes: readonly (boolean | TeacherFault['_tag'])[]): Judge => ({
    name: 'j',
    judge: ({ voter = 0 }) => {
      const one = votes[voter]
      return async () => (typeof one === 'boolean' ? E.right({ sufficient: one }) : left(one!))
    },
  })
  test.each([
    [[true, false, true], { right: { sufficient: true, reason: '2 Yes, 1 No' } }],
    [[false, false, true], { right: { sufficient: false, reason: '1 Yes, 2 No' } }],
    [[true, 'Unreadable', true], { right: { sufficient: true, reason: '2 Yes, 0 No, 1 without a verdict' } }],
    [
      [true, 'Unreadable', false],
      { left: { _tag: 'Unreadable', cause: expect.stringContaining('1 Yes, 1 No, 1 without') } },
    ],
    [[true, 'Refused', 'Refused'], { left: { _tag: 'Unreadable' } }],
    [[true, 'Unreachable', false], { left: { _tag: 'Unreachable' } }],
    [[true, true, 'NoKey'], { left: { _tag: 'NoKey' } }],
  ] as const)('of %j', async (votes, outcome) => {
    expect(await vote(said(...votes), 3).judge({ record, observation: '' }, signal)()).toMatchObject(outcome)
  })
  test('of an even number is refused where it is made', () =>
    expect(() => vote(said(true), 2)).toThrow(
      expect.objectContaining({ fault: expect.objectContaining({ _tag: 'BadVotes' }) }),
    ))
  test('asks each time anew, whatever a cache holds', async () => {
    const attempts: unknown[] = []
    const usage = { inputTokens: 1, outputTokens: 1 }
    const prose: Teacher = {
      name: 't',
      ask: ({ attempt }) => {
        attempts.push(attempt)
        return TE.right({ text: attempt === 4 ? 'hm' : '<judgement>Yes</judgement>', usage })
      },
    }
    await vote(judge(prose, { attempts: 2 }), 3).judge({ record, observation: '' }, signal)()
    expect(attempts.toSorted()).toEqual([0, 2, 4, 5])
  })
})

describe('structured output', () => {
  const usage = { inputTokens: 1, outputTokens: 1 }
  const answering = (text: string): Teacher => ({ name: 't', ask: () => TE.right({ text, usage }) })
  const refusing: Teacher = { name: 't', ask: () => TE.left({ _tag: 'BadRequest', cause: 'no schema', remedy: '' }) }
  test.each([
    ['{"reason": "it counts", "judgement": "Yes"}', { sufficient: true, reason: 'it counts' }],
    ['```json\n{"reason": "no colour", "judgement": "no"}\n```', { sufficient: false, reason: 'no colour' }],
    ['It is clear. <judgement>No</judgement>', { sufficient: false, reason: 'It is clear.' }],
    ['{"reason": "<judgement>No</judgement>", "judgement": "Yes"}', { sufficient: true }],
  ])('of %s is read', async (text, judged) => {
    const teacher = preferStructured(answering(text), refusing, () => {})
    expect(await judge(teacher, { reasons: true }).judge({ record, observation: '' }, signal)()).toMatchObject({
      right: judged,
    })
  })
  test('is left alone where the server refuses it, after one question', async () => {
    let refused = 0
    const counting: Teacher = {
      ...refusing,
      ask: (...asked) => {
        refused++
        return refusing.ask(...asked)
      },
    }
    const forms: string[] = []
    const teacher = preferStructured(counting, answering('<judgement>Yes</judgement>'), form => forms.push(form))
    const asked = Array.from({ length: 5 }, () => judge(teacher).judge({ record, observation: '' }, signal)())
    expect(await Promise.all(asked)).toEqual(Array.from({ length: 5 }, () => E.right({ sufficient: true })))
    expect([refused, forms]).toEqual([1, ['plain']])
  })
})

const page: PageData = {
  ...{ key: 'k', name: 'n', judges: ['a', 'b'] },
  judgements: ['=1+1', 'two\nlines, "quoted"', '-3', "'tis"].map((observation, n) => ({
    ...{
      id: n === 2 ? '-3' : String(n),
      question: 'q',
      options: ['A. x', 'B. y'],
      answer: '3',
      observation,
      path: 'a.mp4',
    },
    ...{ dataType: 'video', problemType: 'numerical', verdicts: { a: n % 2 === 0, b: null }, reasons: { a: 'why' } },
  })),
}

describe('labels as CSV', () => {
  const labels = { 0: 'yes', 1: 'no', 2: 'unsure' } as const
  test('are read again by the page and by the command, formulas and line breaks included', async () => {
    const text = csvOf(page, labels)
    expect(text).toContain("'=1+1")
    expect(labelsIn(text, page)).toEqual({ labels, strange: 0 })
    const path = join(folder, 'labels.csv')
    await writeFile(path, text)
    const read = []
    for await (const one of readJudgements(path)) read.push(one)
    expect(read).toEqual(
      page.judgements.map((one, n) => E.right({ ...one, human: [true, false, null, undefined][n], note: '' })),
    )
  })
  test('of another page are counted and left out', () =>
    expect(labelsIn('n,id,human\n1,9,yes\n2,1,no\n', page)).toEqual({ labels: { 1: 'no' }, strange: 1 }))
  test('that are none change nothing', () => expect(labelsIn('{oh no', page)).toEqual({ labels: {}, strange: 0 }))
})

const agreement = async (name: string, text: string, ...flags: readonly string[]) => {
  await writeFile(join(folder, name), text)
  const said: string[] = []
  const say = (line: string) => void said.push(line)
  const code = await judgeAgreementCommand.run([name, ...flags], { out: say, err: say, env: {}, cwd: folder })
  return { code, said: said.join('\n') }
}
const judged = (n: number, verdicts: object, human?: unknown) =>
  `${JSON.stringify({ id: n, question: 'q', answer: 'a', observation: 'o', verdicts, ...(human === undefined ? {} : { human }) })}\n`

describe('kinograd judge-agreement', () => {
  test('says accuracy, κ and intervals of the paper’s two judges on 100 labels', async () => {
    // 95 and 82 of 100, as arXiv 2511.11113 has Claude and Llama.
    const text = Array.from({ length: 100 }, (_, n) => {
      const human = n % 2 === 0
      return judged(n, { claude: n < 95 ? human : !human, llama: n % 50 < 41 ? human : !human }, human ? 'yes' : 'no')
    }).join('')
    const { code, said } = await agreement('hundred.jsonl', text)
    expect(code).toBe(0)
    expect(said).toMatch(/claude +│ +100 │ +95\.0 % \[88\.8, 97\.8\] │ 0\.90 \[0\.8\d, 0\.9\d\]/)
    expect(said).toMatch(/llama +│ +100 │ +82\.0 % \[73\.3, 88\.3\] │ 0\.64/)
    expect(said).toMatch(/claude and llama +│ +100/)
  })
  test('compares three judges without any label', async () => {
    const text = [0, 1, 2, 3].map(n => judged(n, { a: n > 0, b: n > 1, c: n === 3 ? null : n > 0 })).join('')
    const { code, said } = await agreement('three.jsonl', text)
    expect(code).toBe(0)
    expect(said).toMatch(/a and c +│ +3/)
    expect(said).toMatch(/all \(Fleiss\) +│ +3/)
  })
  test.each([
    ['nothing to compare', judged(0, { a: true }), 5, /none is labelled/],
    ['a word that is no verdict', judged(0, { a: 'perhaps' }, 'yes'), 1, /line 1: the verdict of "a" is "perhaps"/],
    ['a label that is no word', judged(0, { a: true }, 'often'), 1, /the label of the person is "often"/],
    ['rows of something else', '{"problem_id": 1}\n', 1, /neither a verdict nor a label/],
    ['no JSON', '{"id": NaN}\n', 1, /line 1/],
  ])('ends with its code on %s', async (_, text, expected, words) => {
    const { code, said } = await agreement('bad.jsonl', text)
    expect(said).toMatch(words)
    expect(code).toBe(expected)
  })
  test('ends with its code on a file that is not there, a broken CSV and an unknown flag', async () => {
    expect((await agreement('bad.csv', 'id,judge:a,human\n1,"yes,no\n')).said).toMatch(/is no CSV/)
    expect(await judgeAgreementCommand.run(['none.csv'], { out: () => {}, err: () => {}, env: {}, cwd: folder })).toBe(
      1,
    )
    expect((await agreement('a.jsonl', '', '--pgae')).said).toMatch(/Did you mean --page\?/)
  })
})
