import type { Stage } from 'kinograd/flow'
import { expectTypeOf, test } from 'vitest'

test('a stage is an operator', () => {
  expectTypeOf<Stage<number, string>>().toBeFunction()
})
