import { option as O } from 'fp-ts'
import type { Fact, Facts } from './facts.ts'
import type { Operand, Question } from './question.ts'
import { optionLetters } from './question.ts'
import type { Colour, Letter } from './scene.ts'
import { directions, letters } from './scene.ts'

/** Worked steps and the answer that they lead to. */
export interface Solution {
  /** Sentences that end in " .", without the conclusion. */
  readonly steps: readonly string[]
  readonly answer: string
}

/** H K M P R T X Z stand for 1 2 3 4 1 2 3 4. */
const letterValue = (letter: Letter): number => (letters.indexOf(letter) % 4) + 1

/** Subjects of the facts that a question needs, in the order in which it names them. */
export const needs = (q: Question): readonly string[] => {
  switch (q.family) {
    case 'steps':
      return [q.first, ...q.rest.map(([, o]) => o)].map(o => (o.kind === 'path' ? `moves ${o.colour}` : o.kind))
    case 'order':
      return q.among.map(colour => `appears ${colour}`)
    case 'ocr':
      return ['letter', 'number']
    default:
      return [`moves ${q.colour}`]
  }
}

type FactOf<K extends Fact['kind']> = Extract<Fact, { kind: K }>

const isOf = <K extends Fact['kind']>(fact: Fact | undefined, kind: K): fact is FactOf<K> => fact?.kind === kind

const get = <K extends Fact['kind']>(facts: Facts, kind: K, about: string): FactOf<K> | undefined => {
  const fact = facts.get(about)
  return isOf(fact, kind) ? fact : undefined
}
const motion = (facts: Facts, colour: Colour) => get(facts, 'moves', `moves ${colour}`)

interface Value {
  readonly value: number
  readonly told: readonly string[]
}
const evaluate = (facts: Facts, o: Operand): Value | undefined => {
  if (o.kind === 'path') {
    const m = motion(facts, o.colour)
    if (m === undefined) return undefined
    const value = Math.abs(m.to - m.from)
    return { value, told: [`${o.colour} path is ${value} .`] }
  }
  const n = get(facts, 'number', 'number')
  if (o.kind === 'number') return n && { value: n.digit, told: [] }
  const l = get(facts, 'letter', 'letter')
  return l && { value: letterValue(l.letter), told: [`${l.letter} is ${letterValue(l.letter)} .`] }
}

const solveSteps = (q: Extract<Question, { family: 'steps' }>, facts: Facts): O.Option<Solution> => {
  const start = evaluate(facts, q.first)
  if (start === undefined) return O.none
  let { value } = start
  const steps = [...start.told]
  for (const [operator, o] of q.rest) {
    const next = evaluate(facts, o)
    if (next === undefined) return O.none
    const result = (value + (operator === 'plus' ? next.value : 10 - next.value)) % 10
    steps.push(...next.told, `${value} ${operator} ${next.value} is ${result} .`)
    value = result
  }
  return O.some({ steps, answer: String(value) })
}

const solveOrder = (q: Extract<Question, { family: 'order' }>, facts: Facts): O.Option<Solution> => {
  const seen = q.among.map(colour => get(facts, 'appears', `appears ${colour}`)).filter(f => f !== undefined)
  const ats = seen.map(f => f.at)
  const wanted = q.which === 'first' ? Math.min(...ats) : Math.max(...ats)
  const found = seen.filter(f => f.at === wanted)
  const [only] = found
  if (seen.length < q.among.length || only === undefined || found.length > 1) return O.none
  const answer = optionLetters[q.among.indexOf(only.colour)] ?? ''
  return O.some({ steps: [`${q.which} colour is ${only.colour} .`, `${only.colour} is ${answer} .`], answer })
}

/** Solves a question from facts alone. None when one that it needs is missing. Pure; the judge, the teacher and the metrics share it. */
export const solve = (q: Question, facts: Facts): O.Option<Solution> => {
  switch (q.family) {
    case 'steps':
      return solveSteps(q, facts)
    case 'order':
      return solveOrder(q, facts)
    case 'ocr': {
      const letter = get(facts, 'letter', 'letter')
      const number = get(facts, 'number', 'number')
      if (letter === undefined || number === undefined) return O.none
      const steps = [`letter is ${letter.letter} .`, `number is ${number.digit} .`]
      return O.some({ steps, answer: `${letter.letter} ${number.digit}` })
    }
    case 'dir': {
      const m = motion(facts, q.colour)
      if (m === undefined) return O.none
      const answer = optionLetters[directions.indexOf(m.direction)] ?? ''
      return O.some({ steps: [`${q.colour} way is ${m.direction} .`, `${m.direction} is ${answer} .`], answer })
    }
    case 'reg': {
      const value = evaluate(facts, { kind: 'path', colour: q.colour })
      return value ? O.some({ steps: value.told, answer: String(value.value) }) : O.none
    }
    case 'free': {
      const m = motion(facts, q.colour)
      if (m === undefined) return O.none
      const path = Math.abs(m.to - m.from)
      const steps = [`${q.colour} way is ${m.direction} .`, `${q.colour} path is ${path} .`]
      return O.some({ steps, answer: `${q.colour} moves ${m.direction} for ${path} steps` })
    }
  }
}
