import { pipeline } from 'kinograd/flow'
import * as S from 'kinograd/stages'
import type { Annotator, Judge } from 'kinograd/teacher'
import { media, records } from './given.ts'

declare const annotator: Annotator
declare const judge: Judge
records.pipe(
  pipeline(
    'CoT',
    S.decode(media),
    S.sampleFrames(media),
    S.annotate({ annotator, prompt: ({ problem }) => problem }),
    S.judgeSufficiency({ judge, observation: texts => JSON.stringify(texts) }),
  ),
)
