import { each, pipeline, stage } from 'kinograd/flow'
import * as S from 'kinograd/stages'
import { engine, learning, type Mine, read, sampling, scoring } from './given.ts'

export const learn = pipeline(
  'learn',
  each(stage.taking<S.HasRecord<Mine> & S.HasPrompt>()),
  S.rollout({ engine, sampling }),
  each(read()),
  each(S.score(scoring)),
  S.policyUpdate(learning),
)
