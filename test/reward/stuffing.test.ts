import { either as E } from 'fp-ts'
import { accuracy } from 'kinograd/reward'
import { describe, expect } from 'vitest'
import { fc, test } from '../property.ts'

const numRuns = Number(process.env.KINOGRAD_FUZZ_RUNS ?? 300)
const earns = (type: string, answer: string, truth: string, options: readonly string[] = []): boolean => {
  const made = accuracy()(type)(answer, truth, { options })
  if (E.isLeft(made)) throw new Error(`${made.left._tag}: ${made.left.cause}`)
  return made.right === 1
}

const letters = ['A', 'B', 'C', 'D']
const options = ['A. red', 'B. blue', 'C. green', 'D. black']
const pieces = fc.constantFrom(
  ...letters,
  ...['a', 'b', 'c', 'd', '(A)', '(b)', 'C.', 'd)', '**B**', '\\boxed{C}', 'red', 'blue', 'green'],
  ...['or', 'and', 'not', 'is', 'the answer is', 'Answer:', 'wrong', 'correct', 'so', 'wait', 'because', 'option'],
  ...[',', '.', '\n', '/', ';', ':', '-', '(', ')', ' ', '答案', '是', '选', '不'],
)
const numbers = ['3', '4', '5', '6']
const numeric = fc.constantFrom(
  ...numbers,
  ...['1', '0', '1/2', '10^', '×', '+', '-', '=', 'x', 'to', 'or', 'and', ',', '.', ':', "'", '_', '%', '$', '(', ')'],
  ...['cm', 'm', 'h', 'min', 'million', 'k', 'the answer is', '\\boxed{', '}', '\\frac{', '^', '三', '个', '\n', ' '],
)

describe('an answer never earns the reward of two questions', () => {
  test.prop([fc.array(pieces, { minLength: 1, maxLength: 12 }), fc.constantFrom('', ' ')], { numRuns: numRuns * 5 })(
    'with letters, options known and unknown',
    (words, between) => {
      const answer = words.join(between)
      expect(letters.filter(truth => earns('multiple choice', answer, truth)).length).toBeLessThanOrEqual(1)
      expect(letters.filter(truth => earns('multiple choice', answer, truth, options)).length).toBeLessThanOrEqual(1)
    },
  )

  test.prop([fc.array(numeric, { minLength: 1, maxLength: 12 }), fc.constantFrom('', ' ')], { numRuns: numRuns * 5 })(
    'with numbers',
    (words, between) => {
      const answer = words.join(between)
      expect(numbers.filter(truth => earns('numerical', answer, truth)).length).toBeLessThanOrEqual(1)
    },
  )
})

describe('all that could be meant, one after the other, earns nothing', () => {
  const separators = [
    ' ',
    ', ',
    '; ',
    '\n',
    ' or ',
    ' and ',
    ' / ',
    '. ',
    ') ',
    ' | ',
    '\t',
    ' - ',
    '、',
    ' maybe ',
    '     ',
  ]
  const orders = [letters, letters.toReversed(), ['B', 'D', 'A', 'C'], ['C', 'A']]
  const shapes = [(l: string) => l, (l: string) => `(${l})`, (l: string) => `**${l}**`, (l: string) => l.toLowerCase()]
  const texts = orders.flatMap(order =>
    separators.flatMap(separator => shapes.map(shape => order.map(shape).join(separator))),
  )
  test.each(['', 'Answer: ', 'The answer is ', 'Options: ', '\\boxed{'])('%sbefore letters', before => {
    for (const text of texts) {
      const answer = before === '\\boxed{' ? `${before}${text}}` : before + text
      expect([answer, letters.filter(truth => earns('multiple choice', answer, truth))]).toEqual([answer, []])
    }
  })

  test.each(['', 'Answer: ', 'The answer is ', '\\boxed{'])('%sbefore numbers', before => {
    for (const separator of separators.filter(between => between !== ' - ')) {
      const text = numbers.join(separator)
      const answer = before === '\\boxed{' ? `${before}${text}}` : before + text
      expect([answer, numbers.filter(truth => earns('numerical', answer, truth))]).toEqual([answer, []])
    }
  })

  const phrases = ['The answer is A.', 'A is correct.', 'Final answer: A', 'I choose A', 'A. red', 'so A', 'A!', 'A?']
  test.each(phrases)('%s for each letter', phrase => {
    for (const separator of [' ', '\n', ' and ', ', ', ' Also, ']) {
      const answer = letters.map(letter => phrase.replace('A', letter)).join(separator)
      const shown = phrase.startsWith('The') ? letters.map(l => `The answer is ${l}.`).join(separator) : answer
      expect([shown, letters.filter(truth => earns('multiple choice', shown, truth))]).toEqual([shown, []])
    }
  })
})
