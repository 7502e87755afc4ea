import { either as E } from 'fp-ts'
import { batch, each, pipeline } from 'kinograd/flow'
import * as S from 'kinograd/stages'
import { engine, media, prompt, records, sampling, scoring } from './given.ts'

const ask = pipeline('ask', S.decode(media), S.sampleFrames(media), S.toPrompt(() => E.right(prompt)))
records.pipe(batch(2), pipeline('learn', each(ask), S.rollout({ engine, sampling }), each(S.score(scoring))))
