import { gate, within } from 'kinograd/flow'
import * as S from 'kinograd/stages'
import { clips, media } from './given.ts'

clips.pipe(within(gate({ inFlight: 1 }), S.sampleFrames(media)))
