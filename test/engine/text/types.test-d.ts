import type { either as E } from 'fp-ts'
import type { VideoRecord } from 'kinograd/dataset'
import { type Prompt, qwenPrompt, type Tokenizer } from 'kinograd/engine'
import { type Fault, items, pipeline, type Stage, stage } from 'kinograd/flow'
import { type Decoder, type Frames, uniform, videoR1Bounds, videoR1ImageBounds } from 'kinograd/media'
import * as S from 'kinograd/stages'
import { expectTypeOf, test } from 'vitest'

declare const tokenizer: Tokenizer
declare const decoder: Decoder
const media = { decoder, root: '.', spec: uniform(2) }

/** A record with a field of its user's own. */
interface Grounded extends VideoRecord {
  readonly span: readonly [from: number, to: number]
}

test('the items of a pipeline type the question, without a type argument', () => {
  const ask = pipeline(
    'ask',
    S.decode(media),
    S.sampleFrames(media),
    S.toPrompt(qwenPrompt({ tokenizer, question: item => item.record.problem })),
    stage.dropping('frames'),
  )
  items<S.HasRecord>([]).pipe(ask)
  const typed: Stage<S.HasRecord, S.HasRecord & S.HasClip & S.HasPrompt> = ask
  void typed
})

test("a field of one's own record is there", () => {
  const ask = pipeline(
    'ask',
    S.decode<{ readonly record: Grounded }>(media),
    S.sampleFrames(media),
    S.toPrompt(
      qwenPrompt({
        tokenizer,
        question: ({ record, frames, clip }) => [
          'What happens after ',
          record.span[0].toFixed(),
          { kind: 'video', frames, clip },
        ],
      }),
    ),
  )
  const typed: Stage<{ readonly record: Grounded }, { readonly record: Grounded } & S.HasPrompt> = ask
  void typed
  // @ts-expect-error the record has no such field
  qwenPrompt({ tokenizer, question: item => item.record.spam })
})

test('a function that is kept takes items with a record, a clip and frames', () => {
  const make = qwenPrompt({ tokenizer, question: item => item.record.problem })
  expectTypeOf(make).toExtend<(item: S.HasRecord & S.HasClip & S.HasFrames) => E.Either<Fault, Prompt>>()
  pipeline('ask', S.decode(media), S.sampleFrames(media), S.toPrompt(make))
  // @ts-expect-error without frames there is nothing to see
  make({ record: {} as VideoRecord, clip: {} as S.HasClip['clip'] })
})

test('items of other forms need frames alone', () => {
  const make = qwenPrompt({ tokenizer, question: (item: { readonly frames: Frames; readonly q: string }) => item.q })
  expectTypeOf(make).parameter(0).toEqualTypeOf<{ readonly frames: Frames; readonly q: string }>()
  type Own = { readonly frames: Frames; readonly clip: S.HasClip['clip']; readonly record: { readonly ask: string } }
  expectTypeOf(qwenPrompt({ tokenizer, question: (item: Own) => item.record.ask }))
    .parameter(0)
    .toEqualTypeOf<Own>()
  // @ts-expect-error a question is text or a list of parts
  qwenPrompt({ tokenizer, question: (_: { readonly frames: Frames }) => 7 })
})

test('bounds of the media room fit', () => {
  const pixels = { image: videoR1ImageBounds, video: videoR1Bounds }
  qwenPrompt({ tokenizer, question: item => item.record.problem, pixels })
  // @ts-expect-error an unknown kind
  qwenPrompt({ tokenizer, question: item => item.record.problem, pixels: { audio: videoR1Bounds } })
})
