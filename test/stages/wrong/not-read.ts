import { pipeline } from 'kinograd/flow'
import * as S from 'kinograd/stages'
import { media, records, scoring } from './given.ts'

records.pipe(pipeline('reward', S.decode(media), S.score(scoring)))
