import { pipeline } from 'kinograd/flow'
import * as S from 'kinograd/stages'
import { media, records } from './given.ts'

records.pipe(pipeline('look', S.sampleFrames(media), S.decode(media)))
