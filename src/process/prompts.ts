import { neutralTags } from './neutral.ts'
import type { Template } from './template.ts'

/** The five kinds of question, as Video-R1's files spell them. */
export type AnswerKind = 'multiple choice' | 'numerical' | 'OCR' | 'free-form' | 'regression'

/**
 * The question as it is put to a model: the problem, and the options one a line where there are any.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { questionText } from 'kinograd/process'
 *
 * assert.equal(questionText('Which?', ['A. red', 'B. blue']), 'Which?\nOptions:\nA. red\nB. blue')
 * ```
 */
export const questionText = (problem: string, options: readonly string[] = []): string =>
  options.length === 0 ? problem : [problem, 'Options:', ...options].join('\n')

const answerForm: Readonly<Record<AnswerKind, string>> = {
  'multiple choice': 'the letter of one option and nothing else',
  numerical: 'one number, such as 7 or 2.5, without words',
  OCR: 'the text exactly as it is written in the picture',
  'free-form': 'a short text',
  regression: 'one number, such as 7 or 2.5, without words',
}

/** What to write in a segment, and how its text begins. */
export interface Step {
  readonly task: string
  readonly opening: string
}

/** What each segment of a template asks for. */
export type Guide<T extends string> = Readonly<Record<T, Step>>

/** The guide of VideoP2R's template, after the structure of arXiv 2511.11113, Figure 7, in our own words. */
export const videoP2RGuide: Guide<'observation' | 'think' | 'answer'> = {
  observation: {
    task: 'Work out from the question which visual facts it depends on, and write down in one paragraph what you see of them: objects, actions, text, numbers, places and times. State facts; do not answer yet.',
    opening: 'Based on the question, I need to notice ...',
  },
  think: {
    task: "Reason step by step from what you observed, as you would aloud: 'let me think', 'hmm', 'wait a second'. Check yourself on the way: 'Does that make sense?', 'Let me double-check'.",
    opening: 'Based on the observations, ...',
  },
  answer: {
    task: 'Give the final answer, short and specific, in agreement with the observations and the reasoning.',
    opening: '...',
  },
}

/**
 * The prompt of generation, training and inference alike: the question, then one step a segment with its skeleton, then
 * the form of the answer. Media go before it. Tags in the question become round brackets, so that the only segments in
 * the prompt are the template's.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { generationPrompt, videoP2R, videoP2RGuide } from 'kinograd/process'
 *
 * const prompt = generationPrompt(videoP2R, videoP2RGuide, 'How many balls?', 'numerical')
 * assert(prompt.startsWith('How many balls?') && prompt.includes('Step 3. '))
 * ```
 */
export const generationPrompt = <K extends string, T extends string>(
  template: Template<K, T>,
  guide: Guide<T>,
  question: string,
  kind: AnswerKind,
): string => {
  const known = stepsOf.get(guide)
  const steps = known?.template === template ? known.steps : stepsText(template, guide)
  if (steps !== known?.steps) stepsOf.set(guide, { template, steps })
  return `${neutralTags(question)}\n\n${steps}\n\nThe last part holds ${answerForm[kind]}. Write nothing outside the parts.`
}

/** The steps of a guide that were asked for last, and their template: they are the same for every question. */
const stepsOf = new WeakMap<object, { readonly template: object; readonly steps: string }>()

const stepsText = <K extends string, T extends string>(template: Template<K, T>, guide: Guide<T>): string => {
  const tags = template.segments.map(({ tag }) => tag)
  const steps = tags.map((tag, i) =>
    [`Step ${i + 1}. ${guide[tag].task}`, `<${tag}>${guide[tag].opening}</${tag}>`].join('\n'),
  )
  return [
    `Answer in ${tags.length} tagged parts, in this order: ${tags.map(tag => `<${tag}>`).join(', ')}. Write all of them; do not stop after the first.`,
    ...steps,
  ].join('\n\n')
}
