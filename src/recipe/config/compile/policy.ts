import { either as E, function as F, taskEither as TE } from 'fp-ts'
import type { VideoRecord } from '../../../dataset/index.ts'
import {
  loadPreprocessor,
  loadTokenizer,
  type Preprocessor,
  qwenPrompt,
  type Tokenizer,
} from '../../../engine/index.ts'
import { loadPolicy, type PolicyOptions } from '../../../engine/tfjs/index.ts'
import type { Fault } from '../../../flow/index.ts'
import { type Guide, generationPrompt, questionText } from '../../../process/index.ts'
import type { RecipePolicy } from '../../policy.ts'
import type { RunSettings } from '../settings/run-settings.ts'
import { completeCheckpoint } from './checkpoint-files.ts'
import type { TemplateParts } from './template.ts'

/** What a policy is loaded and asked with. */
export interface PolicyParts extends TemplateParts {
  readonly options: PolicyOptions
  readonly media: RunSettings['media']
  /** Whether it is told the form of the answer. */
  readonly prompt: NonNullable<RunSettings['prompt']>
}

const noGuide: Guide<string> = {}

/** What a model is asked of a record: the question with the form of the answer, or the bare question. */
export const questionOf =
  ({ template, guide = noGuide, prompt }: Pick<PolicyParts, 'template' | 'guide' | 'prompt'>) =>
  (record: VideoRecord): string => {
    const question = questionText(record.problem, record.options)
    return prompt === 'guide' ? generationPrompt(template, guide, question, record.problemType) : question
  }

/** Size bounds of the configuration in place of the checkpoint's. */
const seen = (preprocessor: Preprocessor, { pixels = {} }: NonNullable<RunSettings['media']> = {}): Preprocessor => {
  const bounds = ({ min, max }: { readonly min: number; readonly max: number }) => ({ minPixels: min, maxPixels: max })
  return {
    ...preprocessor,
    pixels: {
      ...preprocessor.pixels,
      ...(pixels.image === undefined ? {} : { image: bounds(pixels.image) }),
      ...(pixels.video === undefined ? {} : { video: bounds(pixels.video) }),
    },
  }
}

/** Clips whose patches are kept, so that questions about one clip share them. */
const keptClips = 64

/** What fine-tuning makes likely: the text, and the end mark. */
const targetOf = (tokenizer: Tokenizer, text: string): E.Either<Fault, Int32Array> =>
  E.map((ids: Int32Array) => Int32Array.from([...ids, tokenizer.eos]))(tokenizer.encode(text))

/** What of a recipe's policy reads: tokenizer, prompts and targets, by the tokenizer and preprocessor of a checkpoint's folder. */
export const policyReader = (folder: string, parts: PolicyParts) =>
  F.pipe(
    loadTokenizer(folder),
    TE.bindTo('tokenizer'),
    TE.bind('preprocessor', () => loadPreprocessor(folder)),
    TE.map(({ tokenizer, preprocessor }): Pick<RecipePolicy, 'tokenizer' | 'prompt' | 'target'> => {
      const question = questionOf(parts)
      return {
        tokenizer,
        prompt: qwenPrompt({
          tokenizer,
          question: ({ record }) => question(record),
          ...seen(preprocessor, parts.media),
          keep: { clips: keptClips },
        }),
        target: ({ output }) => targetOf(tokenizer, output),
      }
    }),
  )

/** A checkpoint's folder as the policy of a recipe: tokenizer and sizes at once, an engine for each phase that opens one. */
export const checkpointPolicy = (folder: string, parts: PolicyParts): TE.TaskEither<Fault, RecipePolicy> =>
  F.pipe(
    policyReader(folder, parts),
    TE.map(
      (reader): RecipePolicy => ({
        ...reader,
        open: () =>
          F.pipe(
            loadPolicy(folder, parts.options),
            TE.map(({ engine }) => engine),
          ),
        save: (engine, checkpoint) =>
          F.pipe(
            engine.save(checkpoint),
            TE.flatMap(() => completeCheckpoint(folder, checkpoint)),
          ),
      }),
    ),
  )
