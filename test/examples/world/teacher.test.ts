import { either as E } from 'fp-ts'
import { beforeAll, describe, expect, test } from 'vitest'
import type { ClipPlan } from '../../../examples/videop2r/world/index.ts'
import {
  defaultRates,
  imperfectJudge,
  planWorld,
  ruleJudge,
  scriptedTeacher,
  sufficient,
  toVideoRecord,
} from '../../../examples/videop2r/world/index.ts'

const none = { clips: 0, questions: 0 }
const sizes = { 'train-sft': { clips: 2000, questions: 6 }, 'train-rl': none, dev: none, test: none }
const signal = new AbortController().signal
const frames = { data: new Uint8Array(0), count: 0, height: 0, width: 0, times: [] }

interface Row {
  readonly objects: number
  readonly operands: number
  readonly observation: string
  readonly think: string
  readonly verdict: boolean
  readonly exact: boolean
}
interface Pool {
  readonly written: number
  readonly malformed: number
  readonly wrong: number
  readonly rows: readonly Row[]
}

const teacherOf = (plans: readonly ClipPlan[], seed: number) =>
  scriptedTeacher({
    seed,
    scenes: new Map(plans.flatMap(plan => plan.records.map(r => [String(r.problem_id), plan.scene] as const))),
  })

/** The pool of SFT through verification and a judge that is right in 82 % of cases. */
const makePool = async (seed: number): Promise<Pool> => {
  const plans = planWorld({ seed, sizes })
  const teacher = teacherOf(plans, seed)
  const judge = imperfectJudge(ruleJudge, 0.82, seed)
  const rows: Row[] = []
  let [written, malformed, wrong] = [0, 0, 0]
  for (const plan of plans)
    for (const raw of plan.records) {
      const record = toVideoRecord(raw)
      const chain = await teacher.annotate({ record, prompt: '', frames }, signal)()
      if (E.isLeft(chain)) throw new Error(chain.left.cause)
      written++
      const parts =
        /^<observation> (.*) <\/observation> <think> (.*) <\/think> <answer> (.*) <\/answer>$/.exec(chain.right) ?? []
      const [, observation = '', think = '', answer] = parts
      if (answer === undefined) malformed++
      else if (answer !== record.answer) wrong++
      else {
        const judged = await judge.judge({ record, observation }, signal)()
        rows.push({
          objects: plan.scene.objects.length,
          operands: raw.data_source.endsWith('/steps') ? raw.problem.split(/plus|minus/).length : 0,
          observation,
          think,
          verdict: E.isRight(judged) && judged.right.sufficient,
          exact: sufficient(record, observation),
        })
      }
    }
  return { written, malformed, wrong, rows }
}

/** 4.5 standard deviations of a binomial share: a false alarm in 150,000 checks. */
const expectShare = (hits: number, of: number, p: number, slack = 0) => {
  expect(of).toBeGreaterThan(50)
  expect(Math.abs(hits / of - p)).toBeLessThan(4.5 * Math.sqrt((p * (1 - p)) / of) + 1e-9 + slack)
}
const shareOf = <T>(items: readonly T[], hit: (item: T) => boolean) => [items.filter(hit).length, items.length] as const
const isVague = (sentence: string) => /(moves|shows)$/.test(sentence)
const sentences = (row: Row) =>
  row.observation
    .replace('notice ', '')
    .split(' .')
    .filter(s => s !== '')
    .map(s => s.trim())

describe('the scripted teacher', () => {
  let pool: Pool
  beforeAll(async () => {
    pool = await makePool(11)
  })

  test('breaks the template and errs at the stated rates', () => {
    expectShare(pool.malformed, pool.written, defaultRates.malformed)
    // a letter misread as one of the same value, or a slip that undoes a misreading, stays right
    expectShare(pool.wrong, pool.written - pool.malformed, defaultRates.misstated + defaultRates.slip, 0.008)
  })

  test('verification and judge keep a third', () => {
    const kept = pool.rows.filter(row => row.verdict).length
    expect(kept / pool.written).toBeGreaterThan(0.31)
    expect(kept / pool.written).toBeLessThan(0.36)
  })

  test.for([1, 2, 3])('what is left for %d objects has the wanted share of vague facts and shortcuts', objects => {
    const kept = pool.rows.filter(row => row.verdict && row.objects === objects && row.operands > 0)
    const facts = kept.flatMap(sentences)
    expectShare(...shareOf(facts, isVague), defaultRates.vague[objects - 1] ?? 0)
    const detailed = kept.filter(row => !sentences(row).some(isVague))
    expectShare(...shareOf(detailed, row => row.think.startsWith('so it is')), defaultRates.shortcut[objects - 1] ?? 0)
    const vague = kept.filter(row => sentences(row).some(isVague))
    expect(vague.every(row => row.think.startsWith('so it is'))).toBe(true)
  })

  test('what is left has objects from [1, 1, 2, 2, 3]', () => {
    const kept = pool.rows.filter(row => row.verdict && row.operands > 0)
    for (const [i, share] of [0.4, 0.4, 0.2].entries())
      expectShare(...shareOf(kept, row => row.objects === i + 1), share, 0.02)
  })

  test('the judge is right in 82 % of cases, on sufficient and insufficient observations alike', () => {
    for (const exact of [true, false]) {
      const some = pool.rows.filter(row => row.exact === exact)
      expectShare(...shareOf(some, row => row.verdict === exact), 0.82)
    }
  })

  test('writes the same for a record in any order, and something else for another seed', async () => {
    const plans = planWorld({ seed: 3, sizes: { ...sizes, 'train-sft': { clips: 40, questions: 2 } } })
    const records = plans.flatMap(plan => plan.records.map(toVideoRecord))
    const write = async (seed: number, order: typeof records) => {
      const teacher = teacherOf(plans, seed)
      const chains = new Map<string, unknown>()
      for (const record of order)
        chains.set(record.id, await teacher.annotate({ record, prompt: '', frames }, signal)())
      return records.map(record => chains.get(record.id))
    }
    const [forward, backward, other] = [
      await write(3, records),
      await write(3, [...records].reverse()),
      await write(4, records),
    ]
    expect(backward).toEqual(forward)
    expect(other).not.toEqual(forward)
  })

  test('refuses a record that is none of its world', async () => {
    const plans = planWorld({ seed: 3, sizes: { ...sizes, 'train-sft': { clips: 1, questions: 1 } } })
    const [record] = plans.flatMap(plan => plan.records.map(toVideoRecord))
    if (record === undefined) throw new Error('no record')
    const teacher = teacherOf(plans, 3)
    for (const foreign of [
      { ...record, id: '999' },
      { ...record, problem: 'who is it ?' },
      { ...record, problem: 'what is path pink ?' },
    ]) {
      const answer = await teacher.annotate({ record: foreign, prompt: '', frames }, signal)()
      expect(E.isLeft(answer) && answer.left._tag).toBe('BadRequest')
    }
  })
})

describe('the imperfect judge', () => {
  test('asked again it says the same; with accuracy 1 it is the judge itself', async () => {
    const plans = planWorld({ seed: 5, sizes: { ...sizes, 'train-sft': { clips: 60, questions: 3 } } })
    const asks = plans.flatMap(plan =>
      plan.records.map(raw => ({ record: toVideoRecord(raw), observation: 'notice number shows 3 .' })),
    )
    const verdicts = async (accuracy: number, seed: number) => {
      const judge = imperfectJudge(ruleJudge, accuracy, seed)
      return Promise.all(asks.map(ask => judge.judge(ask, signal)()))
    }
    expect(await verdicts(0.7, 1)).toEqual(await verdicts(0.7, 1))
    expect(await verdicts(0.7, 1)).not.toEqual(await verdicts(0.7, 2))
    expect(await verdicts(1, 1)).toEqual(await Promise.all(asks.map(ask => ruleJudge.judge(ask, signal)())))
  })
})
