import * as S from 'kinograd/stages'
import { media, records } from './given.ts'

records.pipe(S.sampleFrames(media))
