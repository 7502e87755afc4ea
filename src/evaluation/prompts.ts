import type { VideoRecord } from '../dataset/index.ts'
import {
  type AnswerKind,
  generationPrompt,
  neutralText,
  questionText,
  videoP2R,
  videoP2RGuide,
} from '../process/index.ts'

/** The forms of answers of Video-R1's prompt, by type: what stands behind the question. */
const forms: Readonly<Record<AnswerKind, string>> = {
  'multiple choice': 'Please provide only the single option letter (e.g., A, B, C, D, etc.)',
  numerical: 'Please provide the numerical value (e.g., 42 or 3.14)',
  OCR: 'Please transcribe text from the image/video clearly and provide your text answer',
  'free-form': 'Please provide your text answer',
  regression: 'Please provide the numerical value (e.g., 42 or 3.14)',
}

const think =
  'Please think about this question as a human who ponders it deeply. Talk to yourself, with "let me think", "wait", "hmm" or "let\'s break it down", and check what you found. Give your detailed reasoning between the <think> and </think> tags, and then your final answer between the <answer> and </answer> tags.'

const formOf = ({ problemType }: VideoRecord): string => ` ${forms[problemType]} within the <answer> </answer> tags.`

/** A question as Video-R1 writes it: "Options:" stands at once behind the problem, each option ends its line. */
const asked = ({ problem, options, problemType }: VideoRecord): string =>
  problemType === 'multiple choice' && options.length > 0
    ? `${problem}Options:\n${options.map(option => `${option}\n`).join('')}`
    : problem

/**
 * The prompt of Video-R1's benchmarks, by type (`src/eval_bench.py`): the question with its options, the request to think in tags, the
 * form of the answer. Its structure is theirs, the request to think is in our own words; a prompt of one's own is an option wherever this
 * one is used. Frames go before it.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { videoR1Prompt } from 'kinograd/evaluation'
 *
 * const more = { id: '1', problem: 'Which?', problemType: 'multiple choice', dataType: 'video', path: 'a.mp4', source: '' } as const
 * const prompt = videoR1Prompt({ ...more, options: ['A. red', 'B. blue'], answer: 'B' })
 * assert(prompt.startsWith('Which?Options:\nA. red\nB. blue\n') && prompt.includes('only the single option letter'))
 * ```
 */
export const videoR1Prompt = (record: VideoRecord): string => `${asked(record)}\n${think}${formOf(record)}`

/**
 * The prompt of VideoP2R, for policies that were trained by it: observation, think, answer (arXiv 2511.11113, Figure 7).
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { videoP2RPrompt } from 'kinograd/evaluation'
 *
 * const more = { id: '1', problem: 'How many?', problemType: 'numerical', dataType: 'video', path: 'a.mp4', source: '' } as const
 * assert(videoP2RPrompt({ ...more, options: [], answer: '3' }).includes('<observation>'))
 * ```
 */
export const videoP2RPrompt = ({ problem, options, problemType }: VideoRecord): string =>
  generationPrompt(videoP2R, videoP2RGuide, questionText(problem, options), problemType)

/**
 * The prompt of the perception examination (arXiv 2511.11113, Figure 13): as Video-R1's, and with an observation the sentence that it is
 * given in place of what can be seen. The observation is data: it passes through `neutralText`.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { examinationPrompt } from 'kinograd/evaluation'
 *
 * const more = { id: '1', problem: 'How many?', problemType: 'numerical', dataType: 'video', path: 'a.mp4', source: '' } as const
 * const prompt = examinationPrompt({ ...more, options: [], answer: '3' }, 'Three balls roll.')
 * assert(prompt.includes('instead of') && prompt.includes('Three balls roll.'))
 * ```
 */
export const examinationPrompt = (record: VideoRecord, observation?: string): string =>
  observation === undefined
    ? videoR1Prompt(record)
    : `${asked(record)}\nA description of what can be observed is provided instead of raw visual content:\n${neutralText(observation)}\n\n${think}${formOf(record)}`
