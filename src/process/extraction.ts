import { either as E } from 'fp-ts'
import type { Fault } from '../flow/index.ts'
import { fault } from '../flow/index.ts'

/**
 * Asks which option the reasoning settles on, apart from the answer that follows it: where the two differ the answer
 * does not come from the reasoning (the paper's think–answer mismatch, Figure 14). In our own words.
 */
export const extractionPrompt = (question: string, think: string): string =>
  [
    'You read somebody’s reasoning about a multiple-choice question and report the option that the reasoning itself settles on.',
    `### Question\n${question}`,
    `### Reasoning\n${think}`,
    '### Instruction\nGo by the reasoning alone, above all by its end. A definite choice reads like "the answer is", "therefore", "so it must be" or "option" with a letter; if the text of an option is chosen, report its letter. Leave guesses aside that are taken back later, unless nothing more definite follows. End with <extraction>LETTER</extraction>, or <extraction>No</extraction> if no option is settled on.',
  ].join('\n\n')

/** The extractor's answer holds no extraction. */
export type ExtractionFault = Fault<'NoExtraction'>

/** Reads the last extraction: an upper-case letter, or null for "No". */
export const parseExtraction = (text: string): E.Either<ExtractionFault, string | null> => {
  const said = Array.from(text.matchAll(/<extraction>\s{0,9}(no|[a-z])\s{0,9}\.?\s{0,9}<\/extraction>/gi), m => m[1])
  const last = said.at(-1)?.toUpperCase()
  return last === undefined
    ? E.left(
        fault(
          'NoExtraction',
          `no <extraction> in ${text.length} characters`,
          'Ask again; the rollout stays uncounted.',
        ),
      )
    : E.right(last === 'NO' ? null : last)
}
