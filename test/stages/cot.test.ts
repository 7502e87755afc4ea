import { either as E } from 'fp-ts'
import { fault, items, pipeline } from 'kinograd/flow'
import { uniform } from 'kinograd/media'
import { videoP2R } from 'kinograd/process'
import * as S from 'kinograd/stages'
import { describe, expect, test } from 'vitest'
import { annotatorOf, chain, decoder, framesOf, judge, left, recordOf, run } from './fakes.ts'

type Texts = S.HasVerified<'perception' | 'reasoning', 'observation' | 'think' | 'answer'>['texts']
const observation = (texts: Texts): string => texts.perception.observation ?? ''
/** The signals that were given to teachers who never answer. */
const signals: AbortSignal[] = []
const unanswered = (signal: AbortSignal) => {
  signals.push(signal)
  return () => new Promise<never>(() => undefined)
}
const item = (id: string, path?: string) => ({ record: recordOf(id, path === undefined ? {} : { path }) })

describe('decode and sample', () => {
  const look = pipeline('look', S.decode({ decoder, root: '/data' }), S.sampleFrames({ decoder, spec: uniform(4) }))

  test('add clip and frames; what was there stays', async () => {
    const [out] = await run(look, [item('a')])
    expect(out).toMatchObject(E.right({ record: { id: 'a' }, clip: { path: '/data/a.mp4' }, frames: { count: 4 } }))
  })

  test('a broken clip, a dark one and a path that leaves the root fail alone, by name and stage', async () => {
    const out = await run(look, [
      item('a'),
      item('b', 'broken.mp4'),
      item('c', 'dark.mp4'),
      item('d', '../d.mp4'),
      item('e'),
    ])
    expect(out.map(E.isRight)).toEqual([true, false, false, false, true])
    expect(out[1]).toMatchObject(left('decode', 'b', 'Truncated') as object)
    expect(out[2]).toMatchObject(left('sample', 'c', 'Undecodable') as object)
    expect(out[3]).toMatchObject(E.left({ stage: 'decode', item: 'd' }))
  })

  test('toPrompt adds the prompt, or the fault of who makes it', async () => {
    const prompt = { ids: Int32Array.of(1), media: [] }
    const stage = S.toPrompt(({ record }) => (record.id === 'a' ? E.right(prompt) : E.left(fault('BadSize', '3', ''))))
    const out = await run(pipeline('all', look, stage), [item('a'), item('b')])
    expect(out[0]).toMatchObject(E.right({ prompt, frames: { count: 4 } }))
    expect(out[1]).toMatchObject(left('prompt', 'b', 'BadSize') as object)
  })
})

describe('annotate, verify, judge', () => {
  const chains = {
    good: chain('enough to see'),
    nearly: chain('enough to see', ' 7 '),
    wrong: chain('enough to see', '8'),
    thin: chain('little'),
    untagged: 'it is 7',
    twice: `${chain('enough')}<answer>7</answer>`,
    refused: fault('Refused', 'declined', ''),
    mute: chain('fault Unreadable'),
  }
  const all = pipeline(
    'CoT',
    S.annotate({ annotator: annotatorOf(chains), prompt: ({ problem }) => problem }),
    S.verify({ template: videoP2R, answer: texts => texts.reasoning.answer ?? '' }),
    S.judgeSufficiency({ judge, observation }),
    S.toCotRecord({ observation, process: texts => texts.reasoning.think ?? '' }),
  )
  const given = Object.keys(chains).map(id => ({ ...item(id), frames: framesOf(1) }))

  test('what is kept is written as it was, what is not says why', async () => {
    const out = await run(all, given)
    expect(out[0]).toEqual(
      E.right({
        ...recordOf('good'),
        observation: 'enough to see',
        process: 'so it is',
        output: chains.good,
        reward: 1,
        annotator: 'fake annotator',
      }),
    )
    expect(out[1]).toMatchObject(E.right({ id: 'nearly', reward: 1 }))
    expect(out.slice(2)).toMatchObject([
      left('verify', 'wrong', 'WrongAnswer'),
      left('sufficiency', 'thin', 'Insufficient'),
      left('verify', 'untagged', 'OffTemplate'),
      left('verify', 'twice', 'OffTemplate'),
      left('annotate', 'refused', 'Refused'),
      left('sufficiency', 'mute', 'Unreadable'),
    ] as object[])
    const [, , wrong] = out
    expect(E.isLeft(wrong as never) && JSON.stringify(wrong)).toMatch(/\\"8\\" scores 0 against \\"7\\", 0.6/)
  })

  test.each([
    ['one that declares it', { name: 'a', annotate: (_: unknown, signal: AbortSignal) => unanswered(signal) }],
    ['a wrapper around one', { name: 'b', annotate: (...given: [unknown, AbortSignal]) => unanswered(given[1]) }],
  ])('a signal of its own is given to %s, and fires when it is left', (_, annotator) => {
    signals.length = 0
    const stage = S.annotate({ annotator, prompt: ({ problem }) => problem })
    const [one, other] = [given, given].map(all => items(all).pipe(stage).subscribe())
    one?.unsubscribe()
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false])
    other?.unsubscribe()
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true])
  })

  test('an accuracy between 0 and 1 is held against the threshold', async () => {
    const regression = {
      record: recordOf('r', { problemType: 'regression', answer: '10' }),
      frames: framesOf(1),
      annotator: 'x',
      chain: chain('o', '11'),
    }
    const at = (threshold: number) =>
      run(S.verify({ template: videoP2R, answer: (texts: Texts) => texts.reasoning.answer ?? '', threshold }), [
        regression,
      ])
    const [kept] = await at(0)
    const accuracy = E.isRight(kept as never) ? (kept as E.Right<{ accuracy: number }>).right.accuracy : Number.NaN
    expect(accuracy).toBeGreaterThan(0)
    expect(accuracy).toBeLessThan(1)
    expect((await at(accuracy)).map(E.isRight)).toEqual([true])
    expect(await at(accuracy + 1e-6)).toMatchObject([left('verify', 'r', 'WrongAnswer')] as object[])
  })
})
