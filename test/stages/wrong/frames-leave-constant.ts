import { gate, pipeline, within } from 'kinograd/flow'
import * as S from 'kinograd/stages'
import { media } from './given.ts'

export const look = within(gate({ inFlight: 1 }), pipeline('look', S.decode(media), S.sampleFrames(media)))
