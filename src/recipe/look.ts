import { pipeline, stage } from '../flow/index.ts'
import * as S from '../stages/index.ts'
import type { RecipePolicy } from './policy.ts'
import type { RecipeMedia } from './recipe.ts'

/** Clip and frames of a record, inside a scope. */
export const look = ({ decoder, spec, ...where }: RecipeMedia) =>
  pipeline('look', S.decode({ decoder, ...where }), S.sampleFrames({ decoder, spec }))

/** Records with what the policy reads of them; the frames stay behind. */
export const asked = (media: RecipeMedia, { prompt }: Pick<RecipePolicy, 'prompt'>) =>
  pipeline('ask', look(media), S.toPrompt(prompt), stage.dropping('frames'))

/** The same with a small picture of the frames, for the page of the run. */
export const askedAndShown = (media: RecipeMedia, { prompt }: Pick<RecipePolicy, 'prompt'>) =>
  pipeline('ask', look(media), S.toPrompt(prompt), S.toSheet(), stage.dropping('frames'))

/** The same once more with the frames out of order, for T-GRPO's control. */
export const askedAndShuffled = (media: RecipeMedia, { prompt }: Pick<RecipePolicy, 'prompt'>, seed: number) =>
  pipeline(
    'ask',
    look(media),
    S.toPrompt(prompt),
    S.toShuffledPrompt(prompt, seed),
    S.toSheet(),
    stage.dropping('frames'),
  )
