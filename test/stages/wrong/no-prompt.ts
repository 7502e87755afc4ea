import { batch, each, gate, pipeline, within } from 'kinograd/flow'
import * as S from 'kinograd/stages'
import { engine, media, records, sampling } from './given.ts'

records.pipe(
  batch(2),
  within(gate({ inFlight: 1 }), pipeline('learn', each(S.decode(media)), S.rollout({ engine, sampling }))),
)
