import type { Mistake } from '../codec/mistake.ts'
import type { Place } from '../compile/place.ts'
import type { RunSettings } from '../settings/run-settings.ts'
import { wrongCheckpoints } from './checkpoints.ts'
import { missing } from './kinds.ts'
import { namedPaths } from './named-paths.ts'
import { type Surveyed, survey, unusable } from './survey.ts'

/** What a configuration names and what of it can be used. */
export interface OnDisk {
  readonly mistakes: readonly Mistake[]
  /** Empty where files are missing: they are told first. */
  readonly records: readonly Surveyed[]
}

/** Looks at all that a configuration names: files, folders, checkpoints, then the records themselves. Nothing is written. */
export const checkDisk = async (place: Place, settings: RunSettings): Promise<OnDisk> => {
  const files = await Promise.all(namedPaths(place, settings).map(named => missing(place, named)))
  const mistakes = [...files.flat(), ...(await wrongCheckpoints(place, settings))]
  if (mistakes.length > 0) return { mistakes, records: [] }
  const records = await survey(place, settings)
  return { mistakes: unusable(records), records }
}
