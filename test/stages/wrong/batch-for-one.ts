import { either as E } from 'fp-ts'
import { pipeline } from 'kinograd/flow'
import * as S from 'kinograd/stages'
import { engine, media, prompt, records, sampling } from './given.ts'

const ask = pipeline('ask', S.decode(media), S.sampleFrames(media), S.toPrompt(() => E.right(prompt)))
records.pipe(pipeline('learn', ask, S.rollout({ engine, sampling })))
