import { pipeline } from 'kinograd/flow'
import * as S from 'kinograd/stages'
import { engine, media, records, sampling } from './given.ts'

records.pipe(pipeline('learn', S.decode(media), S.rollout({ engine, sampling })))
