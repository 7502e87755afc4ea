import { option as O } from 'fp-ts'
import type { ProblemType } from 'kinograd/dataset'
import type { Colour } from './scene.ts'
import { colours, directions, wordOf } from './scene.ts'

export type Operand =
  | { readonly kind: 'number' }
  | { readonly kind: 'letter' }
  | { readonly kind: 'path'; readonly colour: Colour }
const operators = ['plus', 'minus'] as const
export type Operator = (typeof operators)[number]

/** What is asked of a clip. `steps` is the main family: its operands are joined from the left, modulo 10. */
export type Question =
  | { readonly family: 'steps'; readonly first: Operand; readonly rest: readonly (readonly [Operator, Operand])[] }
  | { readonly family: 'dir' | 'reg' | 'free'; readonly colour: Colour }
  | { readonly family: 'order'; readonly which: 'first' | 'last'; readonly among: readonly Colour[] }
  | { readonly family: 'ocr' }
export type Family = Question['family']

export const problemTypeOf: Readonly<Record<Family, ProblemType>> = {
  steps: 'numerical',
  dir: 'multiple choice',
  order: 'multiple choice',
  ocr: 'OCR',
  reg: 'regression',
  free: 'free-form',
}

/** Names of the options of a multiple-choice question in order. */
export const optionLetters = ['A', 'B', 'C', 'D'] as const

const sayOperand = (o: Operand): string => (o.kind === 'path' ? `path ${o.colour}` : o.kind)

/** The question as it stands in a record. */
export const sayQuestion = (q: Question): { readonly problem: string; readonly options: readonly string[] } => {
  const named = (values: readonly string[]) => values.map((value, i) => `${optionLetters[i]}. ${value}`)
  switch (q.family) {
    case 'steps': {
      const rest = q.rest.map(([operator, operand]) => ` ${operator} ${sayOperand(operand)}`)
      return { problem: `what is ${sayOperand(q.first)}${rest.join('')} ?`, options: [] }
    }
    case 'dir':
      return { problem: `which way moves ${q.colour} ?`, options: named(directions) }
    case 'order':
      return { problem: `which colour appears ${q.which} ?`, options: named(q.among) }
    case 'ocr':
      return { problem: 'what is the text ?', options: [] }
    case 'reg':
      return { problem: `how many steps moves ${q.colour} ?`, options: [] }
    case 'free':
      return { problem: `how moves ${q.colour} ?`, options: [] }
  }
}

const operand = `(?:number|letter|path (?:${colours.join('|')}))`
const steps = new RegExp(`^what is (${operand})((?: (?:plus|minus) ${operand})*) \\?$`)
const aboutColour = new RegExp(`^(which way|how many steps|how) moves (${colours.join('|')}) \\?$`)

const readOperand = (text: string): Operand =>
  text === 'number' || text === 'letter' ? { kind: text } : { kind: 'path', colour: wordOf(colours, text.slice(5))! }

/** Reads a record's question back. None when it is no question of this world. */
export const readQuestion = (problem: string, options: readonly string[]): O.Option<Question> => {
  const s = steps.exec(problem)
  if (s) {
    const rest = [...(s[2] ?? '').matchAll(new RegExp(`(plus|minus) (${operand})`, 'g'))]
    return O.some({
      family: 'steps',
      first: readOperand(s[1] ?? ''),
      // The patterns above let only these words through.
      rest: rest.map(m => [wordOf(operators, m[1])!, readOperand(m[2] ?? '')] as const),
    })
  }
  const c = aboutColour.exec(problem)
  if (c) {
    const family = c[1] === 'which way' ? 'dir' : c[1] === 'how' ? 'free' : 'reg'
    return O.some({ family, colour: wordOf(colours, c[2])! })
  }
  const w = /^which colour appears (first|last) \?$/.exec(problem)
  if (w) {
    const among = options.map(option => wordOf(colours, option.slice(3))).filter(colour => colour !== undefined)
    return O.some({ family: 'order', which: w[1] === 'first' ? 'first' : 'last', among })
  }
  return problem === 'what is the text ?' ? O.some({ family: 'ocr' }) : O.none
}
