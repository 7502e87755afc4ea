import { either as E } from 'fp-ts'
import {
  extractingReader,
  type HasMismatch,
  readOutputs,
  type Share,
  shareOf,
  templateAdherence,
  thinkAnswerMismatch,
  videoP2RPrompt,
} from '../evaluation/index.ts'
import { fromItems, gate, within } from '../flow/index.ts'
import { template, videoP2R } from '../process/index.ts'
import type { Teacher } from '../teacher/index.ts'

/** What the outputs of an evaluation say beside their scores. */
export interface Diagnosis {
  /** Of at most 100 outputs by chance: those that keep to the template that was asked for. */
  readonly adherence: Share
  /** Of questions of multiple choice: those whose answer is another than their thinking settles on. */
  readonly mismatch: Share
  /** Who read the thinking. */
  readonly reader: string
}

/** Video-R1's: thoughts and answer. */
const videoR1 = template({ reasoning: ['think', 'answer'] })

/** As many outputs as the paper looks at. */
const samples = 100

/** Looks through results that were written: adherence to the template, and the think–answer mismatch of multiple choice. */
export const diagnose = async (
  results: string,
  {
    prompt,
    seed,
    judge,
    inFlight,
  }: {
    readonly prompt: unknown
    readonly seed: number
    readonly judge: Teacher | undefined
    readonly inFlight: number
  },
): Promise<Diagnosis> => {
  const shape = prompt === videoP2RPrompt ? videoP2R : videoR1
  const adherence = await shareOf(
    fromItems(readOutputs(results)).pipe(templateAdherence(shape)),
    item => item.adherence.adheres,
    { sample: samples, seed },
  )
  async function* choices() {
    for await (const item of readOutputs(results))
      if (E.isLeft(item) || item.right.record.problemType === 'multiple choice') yield item
  }
  const differs = ({ mismatch }: HasMismatch) => mismatch.differs
  // Rules ask nobody: reading ahead would only keep more outputs.
  const mismatch = await (judge === undefined
    ? shareOf(fromItems(choices()).pipe(thinkAnswerMismatch()), differs)
    : shareOf(
        within(
          gate({ name: 'mismatch', inFlight }),
          thinkAnswerMismatch({ reader: extractingReader(judge) }),
        )(fromItems(choices())),
        differs,
      ))
  return { adherence, mismatch, reader: judge?.name ?? 'rules' }
}
