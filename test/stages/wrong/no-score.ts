import { paGrpo } from 'kinograd/advantage'
import * as S from 'kinograd/stages'
import { groups } from './given.ts'

groups.pipe(S.advantage(paGrpo()))
