import { join } from 'node:path'
import { function as F, taskEither as TE } from 'fp-ts'
import type { Fault } from 'kinograd/flow'
import { findDecoder } from 'kinograd/media'
import { startBackend } from 'kinograd/recipe'
import type { Given } from 'kinograd/run'
import { presets } from './presets.ts'
import { type MainJob, mainJob } from './recipe.ts'
import type { flags } from './settings.ts'

/** The job that the flags ask for, and what is said of its backend and decoder. */
export interface Asked {
  readonly job: MainJob
  readonly recipe: ReturnType<typeof mainJob>
  readonly notes: readonly string[]
}

/** Brings backend and decoder, and makes the recipe that the flags ask for. */
export const askedJob = (
  chosen: Given<typeof flags>,
  say: (line: string) => void,
  signal: AbortSignal,
): TE.TaskEither<Fault, Asked> =>
  F.pipe(
    startBackend(chosen.backend, say, signal),
    TE.bindTo('backend'),
    TE.bindW('video', () => findDecoder()),
    TE.map(({ backend, video }) => {
      const preset = presets[chosen.preset ?? (backend.name === 'native' ? 'default' : 'quick')]
      const { seed = 0, teacher = 'scripted', tolerate = 0.05 } = chosen
      const directory = chosen.out ?? join('runs', `videop2r-${preset.name}-${seed}`)
      const quick = chosen.preset === undefined && preset.name === 'quick'
      const job = { directory, preset, seed, backend: backend.name, decoder: video.decoder, teacher, tolerate }
      return {
        job,
        recipe: mainJob(job),
        notes: [
          `Tensors: ${backend.detail}${quick ? '; without a native backend the preset is quick (--preset default takes half an hour)' : ''}`,
          `Video: ${video.name}, ${video.why}`,
          `Results: ${directory}`,
        ],
      }
    }),
  )
