import { join } from 'node:path'
import { function as F, taskEither as TE } from 'fp-ts'
import type { SelectedBackend } from 'kinograd/engine/tfjs'
import type { Fault } from 'kinograd/flow'
import { findDecoder } from 'kinograd/media'
import { type Given, openRun, openStatus, type Run, type Status } from 'kinograd/run'
import { planOf } from './plan.ts'
import type { Preparation } from './prepare.ts'
import { type Preset, presets } from './presets.ts'
import type { flags } from './settings.ts'
import { startBackend } from './start.ts'

/** The job that the flags ask for, ready to begin. */
export interface Opened extends Preparation {
  readonly backend: SelectedBackend
  readonly status: Status
}

const statusHere = (): Status =>
  openStatus({
    write: text => void process.stdout.write(text),
    tty: process.stdout.isTTY === true,
    columns: process.stdout.columns ?? 80,
  })

/** What must be the same when a run is resumed. */
const settingsOf = (preset: Preset, seed: number, backend: string, teacher: string) => ({
  preset: preset.name,
  seed,
  backend,
  teacher,
  world: preset.world,
  sft: preset.sft,
  rl: preset.rl,
})

/** What is said of a run that goes on elsewhere than it was before. */
const elsewhere = ({ machines }: Run): readonly string[] => {
  const [before, now] = machines.slice(-2)
  return before === undefined || now === undefined
    ? []
    : [
        `This run was on ${before.processor}, ${before.threads} threads, Node ${before.versions.node}, commit ${before.versions.commit.slice(0, 12)}; it goes on on ${now.processor}, ${now.threads} threads, Node ${now.versions.node}, commit ${now.versions.commit.slice(0, 12)}. Its numbers may differ in their last bits from those of an unbroken run.`,
      ]
}

/** Brings backend and decoder, says what will be done, and opens the run's folder. */
export const openJob = (
  chosen: Given<typeof flags>,
  say: (line: string) => void,
  signal: AbortSignal,
): TE.TaskEither<Fault, Opened> =>
  F.pipe(
    startBackend(chosen.backend, say, signal),
    TE.bindTo('backend'),
    TE.bindW('video', () => findDecoder()),
    TE.flatMap(({ backend, video }) => {
      const preset = presets[chosen.preset ?? (backend.name === 'native' ? 'default' : 'quick')]
      const { seed = 0, teacher = 'scripted' } = chosen
      const directory = chosen.out ?? join('runs', `videop2r-${preset.name}-${seed}`)
      const quick = chosen.preset === undefined && preset.name === 'quick'
      const status = statusHere()
      status.announce(
        planOf(preset, backend.name, [
          `Tensors: ${backend.detail}${quick ? '; without a native backend the preset is quick (--preset default takes half an hour)' : ''}`,
          `Video: ${video.name}, ${video.why}`,
          `Results: ${directory}`,
        ]),
      )
      return F.pipe(
        openRun({
          directory,
          config: settingsOf(preset, seed, backend.name, teacher),
          resume: chosen.resume,
          status,
        }),
        TE.map((run: Run) => {
          for (const note of elsewhere(run)) say(note)
          const { tolerate = 0.05 } = chosen
          return { run, preset, seed, decoder: video.decoder, teacher, signal, backend, status, tolerate }
        }),
      )
    }),
  )
