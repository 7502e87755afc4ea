import { either as E } from 'fp-ts'
import type { VideoRecord } from 'kinograd/dataset'
import { tinyPolicy } from 'kinograd/engine/tfjs'
import { batch, each, items, orThrow } from 'kinograd/flow'
import {
  continuePrompt,
  type HasGroup,
  type HasPassages,
  type HasPrompt,
  type HasRecord,
  retrieve,
  rollout,
  textIndex,
} from 'kinograd/stages'
import { firstValueFrom, toArray } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { spent } from '../spent.ts'

const record: VideoRecord = {
  id: 'a',
  problem: 'At what heat does it melt?',
  answer: '327',
  problemType: 'numerical',
  dataType: 'video',
  options: [],
  path: 'a.mp4',
  source: '',
}

const passages = [
  { id: '1', text: 'Iron melts at 1538 degrees.' },
  { id: '2', text: 'Lead melts at 327 degrees.' },
  { id: '3', text: 'Copper is red.' },
]

const tagOf = (given: E.Either<{ readonly _tag: string }, unknown>): string => (E.isLeft(given) ? given.left._tag : '')

describe('an index of passages', () => {
  it('finds by words, the best first, and nothing where no word is shared', () => {
    const index = orThrow(textIndex(passages))
    expect(index.size).toBe(3)
    expect(index.find('LEAD that melts', 3).map(({ id }) => id)).toEqual(['2', '1'])
    expect(index.find('lead that melts', 1)).toEqual([passages[1]])
    expect(index.find('zinc', 3)).toEqual([])
    expect(index.find('', 3)).toEqual([])
  })

  it('ranks what a title says before what a text says', () => {
    const titled = [
      { id: '1', title: 'K 3', text: 'text K 3 is 7 .' },
      { id: '2', title: 'K 7', text: 'text K 7 is 3 .' },
    ]
    const index = orThrow(textIndex(titled))
    expect(index.find('letter shows K . number shows 7 .', 1)).toEqual([titled[1]])
    expect(index.find('letter shows K . number shows 3 .', 1)).toEqual([titled[0]])
  })

  it.each([
    ['no passage', [], 'EmptyIndex'],
    ['passages without a word', [{ id: '1', text: ' … ' }], 'EmptyIndex'],
    ['two passages of one id', [passages[0]!, { id: '1', text: 'Zinc' }], 'DuplicateId'],
  ])('%s is a fault', (_, given, tag) => {
    expect(tagOf(textIndex(given))).toBe(tag)
  })

  it('takes any query in little time', () => {
    const index = orThrow(textIndex(passages))
    const took = spent(() => {
      expect(index.find(`${'lead '.repeat(200_000)}`, 1)).toEqual([passages[1]])
      expect(index.find('[*](~"\u0000', 1)).toEqual([])
    })
    expect(took).toBeLessThan(2)
  })
})

describe('retrieve', () => {
  const index = orThrow(textIndex(passages))

  it('adds what was found to any item with a record, in order; an item without words is a failure of its own', async () => {
    const asked = ['lead', '…', 'copper'].map((seen, i) => ({ record: { ...record, id: `${i}` }, seen }))
    const found = await firstValueFrom(
      items(asked).pipe(retrieve(index, { query: ({ seen }: (typeof asked)[number]) => seen, most: 1 }), toArray()),
    )
    expect(found.map(item => (E.isLeft(item) ? item.left.fault._tag : item.right.passages[0]?.id))).toEqual([
      '2',
      'EmptyQuery',
      '3',
    ])
  })

  it('stands between perception and reasoning: what was found is read by the second rollout', async () => {
    const { engine, tokenizer } = tinyPolicy()
    const sampling = (seed: number) => ({ count: 1, maxTokens: 3, temperature: 1, stop: [], seed })
    const asked: HasRecord & HasPrompt = { record, prompt: { ids: Int32Array.of(72, 105), media: [] } }
    const [item] = await firstValueFrom(
      items([asked]).pipe(
        batch(1),
        rollout({ engine, sampling }),
        each(retrieve(index, { query: ({ record: { problem } }: HasRecord) => `${problem} lead`, most: 1 })),
        each(
          continuePrompt(
            tokenizer,
            ({ passages: [first] }: HasPassages & HasRecord & HasPrompt & HasGroup) => first?.text ?? '',
          ),
        ),
        rollout({ engine, sampling: seed => sampling(seed + 1) }),
        toArray(),
      ),
    )
    engine.dispose()
    const made = orThrow(item ?? E.left({ _tag: 'None', cause: 'nothing came', remedy: '' }))
    const [member] = made.items
    expect(tokenizer.decode(member?.prompt.ids.slice(5) ?? new Int32Array())).toContain('Lead melts')
    expect(member?.prompt.ids.slice(0, 2)).toEqual(asked.prompt.ids)
    expect(member?.group).toHaveLength(1)
  })

  it('goes on from one completion alone', async () => {
    const completion = {
      ids: Int32Array.of(1),
      logprobs: Float32Array.of(0),
      samplingLogprobs: Float32Array.of(0),
      stop: 'stop',
    } as const
    const begun = { record, prompt: { ids: Int32Array.of(72), media: [] }, group: [completion, completion] }
    const { engine, tokenizer } = tinyPolicy()
    engine.dispose()
    const item = await firstValueFrom(items([begun]).pipe(continuePrompt(tokenizer, () => 'A')))
    expect(E.isLeft(item) ? item.left.fault._tag : '').toBe('NotOneCompletion')
  })
})
