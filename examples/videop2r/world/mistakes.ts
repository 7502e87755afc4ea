import type { Fact } from './facts.ts'
import type { Question } from './question.ts'
import { optionLetters } from './question.ts'
import type { Random } from './random.ts'
import { directions, letters } from './scene.ts'

/** Draws until the value is another one than `not`. */
const other = <T>(draw: () => T, not: T): T => {
  for (;;) {
    const value = draw()
    if (value !== not) return value
  }
}

const misread = (r: Random, fact: Fact): Fact => {
  switch (fact.kind) {
    case 'number':
      return { ...fact, digit: other(() => 1 + r.below(9), fact.digit) }
    case 'letter':
      return { ...fact, letter: other(() => r.pick(letters), fact.letter) }
    case 'appears':
      return { ...fact, at: other(() => 1 + r.below(3), fact.at) }
    case 'moves': {
      const direction = r.pick(directions)
      const cells = direction === 'left' || direction === 'right' ? 4 : 3
      const low = 1 + r.below(cells - 1)
      const high = low + 1 + r.below(cells - low)
      const forward = direction === 'right' || direction === 'down'
      const [from, to] = forward ? [low, high] : [high, low]
      const same = Math.abs(to - from) === Math.abs(fact.to - fact.from) || direction === fact.direction
      return same ? misread(r, fact) : { ...fact, direction, from, to }
    }
  }
}

/** The facts with one of them seen wrongly: another digit, letter or time; another direction and another path length. */
export const misstate = (r: Random, facts: readonly Fact[]): readonly Fact[] => {
  const wrong = r.below(facts.length)
  return facts.map((fact, i) => (i === wrong ? misread(r, fact) : fact))
}

/** An answer of the same form that is not `answer`. */
export const wrongAnswer = (r: Random, q: Question, answer: string): string => {
  switch (q.family) {
    case 'steps':
      return other(() => String(r.below(10)), answer)
    case 'reg':
      return other(() => String(1 + r.below(3)), answer)
    case 'dir':
      return other(() => r.pick(optionLetters), answer)
    case 'order':
      return other(() => optionLetters[r.below(q.among.length)] ?? 'A', answer)
    case 'ocr':
      return other(() => `${r.pick(letters)} ${1 + r.below(9)}`, answer)
    case 'free':
      return other(() => `${q.colour} moves ${r.pick(directions)} for ${1 + r.below(3)} steps`, answer)
  }
}
