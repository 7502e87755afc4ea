import type { MediaCase } from './case.ts'
import { boxes } from './cases/box.ts'
import { colour } from './cases/colour.ts'
import { damages } from './cases/damage.ts'
import { edits } from './cases/edit.ts'
import { kinds } from './cases/kind.ts'
import { matrices } from './cases/matrix.ts'
import { palettes } from './cases/palette.ts'
import { rates } from './cases/rate.ts'
import { sizes } from './cases/size.ts'
import { stamps } from './cases/stamp.ts'
import { streams } from './cases/stream.ts'
import { syncs } from './cases/sync.ts'

/** Every file of the suite. */
export const allCases: readonly MediaCase[] = [
  ...colour,
  ...matrices,
  ...sizes,
  ...palettes,
  ...syncs,
  ...edits,
  ...stamps,
  ...boxes,
  ...damages,
  ...rates,
  ...streams,
  ...kinds,
]
