import { batch, pipeline } from 'kinograd/flow'
import * as S from 'kinograd/stages'
import { engine, records, sampling } from './given.ts'

records.pipe(pipeline('learn', batch(2), S.rollout({ engine, sampling })))
