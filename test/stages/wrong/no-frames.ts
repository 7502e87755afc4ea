import { either as E } from 'fp-ts'
import { pipeline } from 'kinograd/flow'
import * as S from 'kinograd/stages'
import { media, prompt, records } from './given.ts'

records.pipe(
  pipeline(
    'ask',
    S.decode(media),
    S.toPrompt(() => E.right(prompt)),
  ),
)
