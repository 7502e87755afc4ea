import type { Groups, Normalised, Normaliser, Raw } from 'kinograd/advantage'
import { grpo, paGrpo } from 'kinograd/advantage'
import { expectTypeOf, test } from 'vitest'

declare const raw: Raw<'perception' | 'reasoning'>

test('processes keep their names', () => {
  expectTypeOf(paGrpo()([raw])).toEqualTypeOf<Groups<Normalised<'perception' | 'reasoning'>>>()
  expectTypeOf(grpo({ reward: 'reasoning' })([raw])).toExtend<Groups<Normalised<'perception' | 'reasoning'>>>()
  expectTypeOf(paGrpo()).toExtend<Normaliser<'perception' | 'reasoning'>>()
  expectTypeOf(grpo({ reward: 'reasoning' })).toExtend<Normaliser<'perception' | 'reasoning'>>()
})

test('normalising twice does not compile', () => {
  // @ts-expect-error advantages are no rewards
  paGrpo()(paGrpo()([raw]))
})

test('a reward that is not there does not compile', () => {
  // @ts-expect-error there is no process "grounding"
  grpo({ reward: 'grounding' })([raw])
})
