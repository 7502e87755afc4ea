import { thisMachine } from '../run/index.ts'
import { decoderVersion } from './decoder-version.ts'
import type { AnyRecipe } from './job.ts'
import type { OpenedRecipe } from './opened.ts'
import type { Annotated } from './run-data.ts'
import type { RunSummary } from './summary.ts'

/** On which machine and versions the numbers were made; `machines` where it was more than one. */
const machineOf = ({ run: { machines } }: OpenedRecipe, decoder: string): Partial<RunSummary> => {
  const { processor, threads, versions } = machines[0] ?? thisMachine()
  return {
    processor,
    threads,
    versions: { ...versions, decoder: decoderVersion(decoder) },
    ...(machines.length > 1 ? { machines } : {}),
  }
}

/** What the phases of a recipe came to. */
export interface Reached extends Pick<RunSummary, 'runs' | 'policies'> {
  readonly data: Annotated | undefined
  /** By phase. */
  readonly seconds: Readonly<Record<string, number>>
}

/** What a run came to, from what its phases came to. */
export const summaryOf = (
  { seed, preset, labels, media: { decoder } }: AnyRecipe,
  opened: OpenedRecipe,
  { data, seconds, policies, runs }: Reached,
): RunSummary => ({
  ...machineOf(opened, decoder.name),
  seed,
  ...(preset === undefined ? {} : { preset }),
  ...(labels === undefined ? {} : { labels }),
  backend: opened.backend,
  decoder: decoder.name,
  ...(data === undefined ? {} : { teacher: data.teacher, ...(data.judge === undefined ? {} : { judge: data.judge }) }),
  seconds: { ...seconds, total: Object.values(seconds).reduce((sum, took) => sum + took, 0) },
  ...(data === undefined ? {} : { retention: data.retention }),
  policies,
  runs,
})
