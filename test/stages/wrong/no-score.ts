import { paGrpo } from 'kinograd/advantage'
import { each, pipeline } from 'kinograd/flow'
import * as S from 'kinograd/stages'
import { engine, read, sampling } from './given.ts'

export const learn = pipeline('learn', S.rollout({ engine, sampling }), each(read()), S.advantage(paGrpo()))
