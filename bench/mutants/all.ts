import { assigners } from '../../test/laws/fixtures/assigners.ts'
import { losses } from '../../test/laws/fixtures/losses.ts'
import { normalisers } from '../../test/laws/fixtures/normalisers.ts'
import { others } from '../../test/laws/fixtures/others.ts'
import type { Faulty } from './faulty.ts'
import { wrongLosses } from './losses.ts'
import { wrongNormalisers } from './normalisers.ts'
import { wrongAssigners, wrongIntakes, wrongRewards, wrongSpreaders, wrongTemplates } from './texts.ts'

/** Every wrong implementation that is tried against the laws of rewards, advantages and losses. */
export const allFaults: readonly Faulty[] = [
  ...normalisers,
  ...assigners,
  ...losses,
  ...others,
  ...wrongNormalisers,
  ...wrongLosses,
  ...wrongRewards,
  ...wrongIntakes,
  ...wrongSpreaders,
  ...wrongTemplates,
  ...wrongAssigners,
]
