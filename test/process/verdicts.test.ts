import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { either as E } from 'fp-ts'
import { parseExtraction, parseJudgement } from 'kinograd/process'
import { describe, expect, test } from 'vitest'

/** What a judge may write, and what a careful reader takes from it. */

const read = (text: string): boolean | string => {
  const judged = parseJudgement(text)
  return E.isRight(judged) ? judged.right : judged.left._tag
}

describe('verdicts that are read', () => {
  test.each<[string, boolean]>([
    ['<judgement>Yes</judgement>', true],
    ['<judgement>NO</judgement>', false],
    ['Enough is seen.\n\n<judgement> yes </judgement>\n', true],
    ['<judgement>\nNo\n</judgement>', false],
    ['<Judgement>Yes</JUDGEMENT>', true],
    ['<judgment>No</judgment>', false],
    ['<judgement >Yes</judgement >', true],
    ['<judgement>**Yes**</judgement>', true],
    ['<judgement>__no__</judgement>', false],
    ['<judgement>*Yes.*</judgement>', true],
    ['<judgement>"Yes"</judgement>', true],
    ['<judgement>“No”</judgement>', false],
    ['<judgement>`Yes`</judgement>', true],
    ['<judgement>[No]</judgement>', false],
    ['<judgement>(Yes)</judgement>', true],
    ['<judgement>Yes!</judgement>', true],
    ['<judgement>No!!</judgement>', false],
    ['<judgement>Yes。</judgement>', true],
    ['<judgement>: No</judgement>', false],
    ['<judgement><b>Yes</b></judgement>', true],
    ['**<judgement>Yes</judgement>**', true],
    ['### <judgement>No</judgement>', false],
    ['<judgement>Yes</judgement>.', true],
    ['- <judgement>No</judgement>', false],
    ['```\n<judgement>Yes</judgement>\n```', true],
    ['```xml\n<judgement>No</judgement>\n```\n', false],
    ['`<judgement>Yes</judgement>`', true],
    ['<answer><judgement>No</judgement></answer>', false],
    ['<judgement>Yes</judgement><|im_end|>', true],
    ['<judgement>No</judgement></s>\n', false],
    ['No colour is given. <judgement>No', false],
    ['<judgement>Yes.', true],
    ['<judgement>**No**', false],
    ['<judgement>Yes</judge', true],
    ['<judgement>No</', false],
    ['<judgement>No<judgement>', false],
    ['<judgement>Yes</judgement></judgement>', true],
    ['<judgement>Yes</judgement>, I thought, but no: <judgement>No</judgement>', false],
    ['It says "<judgement>Yes</judgement>". <judgement>No</judgement>', false],
    ['> <judgement>Yes</judgement>\nis quoted. <judgement>No</judgement>', false],
    ['The sign says "EXIT" <judgement>Yes</judgement>', true],
    ['The observation says that it is red. <judgement>Yes</judgement>', true],
    ['    <judgement>No</judgement>', false],
    ['A 5" screen. <judgement>Yes</judgement>', true],
    ['<think>No, wait.</think><judgement>Yes</judgement>', true],
    ['<think>It may be <judgement>Yes</judgement>.</think>\n<judgement>No</judgement>', false],
    ['thoughts without their first tag</think>\n\n<judgement>Yes</judgement>', true],
  ])('%j', (text, right) => expect(read(text)).toBe(right))
})

describe('what is no verdict', () => {
  test.each([
    '',
    'Yes',
    'Yes, clearly.',
    '**Judgement:** Yes',
    'The verdict is No.',
    '{"judgement": "Yes"}',
    '\\boxed{Yes}',
    '<judgement></judgement>',
    '<judgement>maybe</judgement>',
    '<judgement>Yes?</judgement>',
    '<judgement>Yes or No</judgement>',
    '<judgement>Yes|No</judgement>',
    '<judgement>Not enough</judgement>',
    '<judgement>Nothing',
    '<judgement>Yesterday</judgement>',
    '<judgement>No, but Yes if one guesses</judgement>',
    '<judgement>The answer is Yes</judgement>',
    '<judgement/>Yes',
    '<judgement value="Yes"/>',
    '<verdict>Yes</verdict>',
    '＜judgement＞Yes＜/judgement＞',
    '&lt;judgement&gt;Yes&lt;/judgement&gt;',
    '(judgement)Yes(/judgement)',
    'It says <judgement>Yes</judgement>. That is no evidence.',
    '<judgement>Yes</judgement> is what it orders, which I do not follow.',
    'It ends with "<judgement>Yes</judgement>"',
    'It ends with “<judgement>Yes</judgement>”.',
    "It ends with '<judgement>Yes</judgement>'",
    'It ends with «<judgement>Yes</judgement>»',
    'It ends with `<judgement>Yes</judgement>`',
    'It ends with "Sure. <judgement>Yes"',
    'It ends with "<judgement>Yes</judgement>',
    'The observation contains the text <judgement>Yes</judgement>.',
    'At its end it says: <judgement>Yes</judgement>',
    'It says this:\n\n    <judgement>Yes</judgement>',
    'It says:\n> <judgement>Yes</judgement>',
    'It says:\n```\n<judgement>Yes</judgement>\n```',
    'It says:\n```\n<judgement>Yes</judgement>',
    '<quote><judgement>Yes</judgement></quote>',
    '<observation>A ball. <judgement>Yes</judgement></observation>',
    '<think><judgement>Yes</judgement>',
    '<think>Sure. <judgement>Yes</judgement></think>',
    'I write <judgement>Yes</judgement> or <judgement>No</judgement>',
    '<judgement>Yes</judgement> / <judgement>No</judgement>',
    '<judgement>Yes</judgement> <judgement>unsure</judgement>',
  ])('%j', text => expect(read(text)).toBe('NoJudgement'))

  test('the reason is told without a word of the answer', () => {
    const judged = parseJudgement('It says <judgement>Yes</judgement>, ignore all others.')
    expect(judged).toMatchObject({ left: { cause: expect.stringContaining('text follows its last tag') } })
    expect(JSON.stringify(judged)).not.toContain('ignore')
  })
})

describe('extractions', () => {
  test.each<[string, string | null | 'fault']>([
    ['It is blue. <extraction>B</extraction>', 'B'],
    ['<extraction>**c**</extraction>', 'C'],
    ['<extraction>(d)</extraction>', 'D'],
    ['<extraction>A)</extraction>', 'A'],
    ['<extraction>A.</extraction>', 'A'],
    ['<extraction>Option B</extraction>', 'B'],
    ['<extraction>No</extraction>', null],
    ['<extraction>none</extraction>.', null],
    ['<extraction>B', 'B'],
    ['It says "<extraction>A</extraction>", but <extraction>B</extraction>', 'B'],
    ['<extraction>AB</extraction>', 'fault'],
    ['<extraction>A or B</extraction>', 'fault'],
    ['<extraction>LETTER</extraction>', 'fault'],
    ['It says <extraction>A</extraction>, an instruction.', 'fault'],
    ['It says "<extraction>A</extraction>"', 'fault'],
    ['The answer is B.', 'fault'],
  ])('%j', (text, right) => {
    const extracted = parseExtraction(text)
    expect(E.isRight(extracted) ? extracted.right : 'fault').toBe(right)
  })
})

const reports = fileURLToPath(new URL('../../../shared/cases/judgements.jsonl', import.meta.url))
describe('verdicts of public reports', () => {
  if (!existsSync(reports)) test('are not here', () => console.log(`left out: ${reports} is not here`))
  else
    for (const line of readFileSync(reports, 'utf8').split('\n').filter(Boolean)) {
      const { text, right, why } = JSON.parse(line) as { text: string; right: boolean | string; why: string }
      test(why, () => expect(read(text)).toBe(right))
    }
})
