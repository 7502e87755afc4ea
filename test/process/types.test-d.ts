import type { either as E } from 'fp-ts'
import type { Assignment, Parsed, ParseFault } from 'kinograd/process'
import { assignTokens, parse, print, template } from 'kinograd/process'
import { formatRewards } from 'kinograd/reward'
import { expectTypeOf, test } from 'vitest'

const three = template({ perception: ['observation'], grounding: ['when'], reasoning: ['think', 'answer'] })
type Process = 'perception' | 'grounding' | 'reasoning'
type Tag = 'observation' | 'when' | 'think' | 'answer'

test('processes and tags follow from the template', () => {
  expectTypeOf(parse(three, '')).toEqualTypeOf<E.Either<ParseFault, Parsed<Process, Tag>>>()
  expectTypeOf(assignTokens(three, [])).toEqualTypeOf<Assignment<Process>>()
  expectTypeOf(formatRewards(three)('')).toEqualTypeOf<Readonly<Record<Process, 0 | 1>>>()
})

test('what is no template, or no text of it, does not compile', () => {
  // @ts-expect-error a process without tags
  template({ perception: [] })
  // @ts-expect-error the answer is missing
  print(three, { observation: '', when: '', think: '' })
})
