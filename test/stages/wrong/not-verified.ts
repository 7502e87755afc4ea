import { pipeline } from 'kinograd/flow'
import * as S from 'kinograd/stages'
import type { Judge } from 'kinograd/teacher'
import { media, records } from './given.ts'

declare const judge: Judge
records.pipe(pipeline('CoT', S.decode(media), S.judgeSufficiency({ judge, observation: () => '' })))
