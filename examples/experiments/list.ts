import { collapse } from './collapse.ts'
import { table5 } from './examination/table5.ts'
import type { Experiment } from './experiment.ts'
import { frames } from './frames/experiment.ts'
import { knowledge } from './knowledge/experiment.ts'
import { length } from './length.ts'
import { table2 } from './table2.ts'
import { table4 } from './table4.ts'
import { table6 } from './table6.ts'
import { temporal } from './temporal.ts'

/** Every experiment that can be run by its name. */
export const experiments: readonly Experiment[] = [
  collapse,
  frames,
  knowledge,
  length,
  table2,
  table4,
  table5,
  table6,
  temporal,
]
