import { batch } from 'kinograd/flow'
import * as S from 'kinograd/stages'
import { media, records } from './given.ts'

records.pipe(batch(2), S.decode(media))
