import { sftLoss } from 'kinograd/advantage'
import { batch, pipeline, stage } from 'kinograd/flow'
import * as S from 'kinograd/stages'
import { engine } from './given.ts'

export const tune = pipeline(
  'SFT',
  stage.taking<S.HasRecord & S.HasPrompt>(),
  batch(2),
  S.sftUpdate({ engine, objective: sftLoss(), learningRate: () => 1 }),
)
