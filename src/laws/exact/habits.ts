import type { Family, Habits } from '../promises.ts'

/** What every family has of the habits of normalisers; missing is true. */
export interface FamilyTraits extends Habits {
  readonly routing: 'process' | 'all'
  /** A figure of the whole batch enters. */
  readonly wholeBatch: boolean
}

const all: FamilyTraits = { routing: 'all', wholeBatch: false }

/** Which properties follow from the definition of each family. */
export const familyTraits: Readonly<Record<Family, FamilyTraits>> = {
  paGrpo: { routing: 'process', wholeBatch: false },
  grpo: all,
  sum: all,
  drGrpo: { ...all, scaleFree: false },
  rloo: { ...all, scaleFree: false },
  gdpo: { ...all, wholeBatch: true, scaleFree: false },
  leaveOneOut: { ...all, zeroSum: false, keepsOrder: false, scaleFree: false },
  reinforcePlusPlus: { ...all, wholeBatch: true, scaleFree: false },
  reinforcePlusPlusBaseline: { ...all, wholeBatch: true, scaleFree: false },
  passAtK: { ...all, zeroSum: false, keepsOrder: false, shiftFree: false, scaleFree: false },
}
