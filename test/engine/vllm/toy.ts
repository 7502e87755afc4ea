import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { either as E, taskEither as TE } from 'fp-ts'
import type { Engine, Prompt, TrainGroup } from 'kinograd/engine'

/** A policy of one number: every step moves it by the rate. */
export interface Toy {
  readonly engine: Engine
  readonly weight: () => number
  readonly state: { disposed: boolean }
}

export const toyPads = { image: 900, video: 901, mergeSize: 2 } as const

/** What a policy of this weight says of a token behind a prompt: media count by their first number. */
export const toyScore = (weight: number, media: number, id: number): number => -1 - weight - id / 1000 - media / 7

/** The first numbers of a prompt's media. */
export const seenIn = ({ media }: Prompt): number =>
  media.reduce((sum, { values }) => sum + Math.abs(values[0] ?? 0), 0)

/** A clip of one token, told apart by its number. */
export const toyClip = (number: number) =>
  ({ kind: 'video', grid: [1, 2, 2], secondsPerGrid: 0.5, values: new Float32Array(4 * 1176).fill(number) }) as const

/** A trainer; one without an adapter saves none. */
export const toyTrainer = (adapter = true): Toy => {
  let weight = 0
  const state = { disposed: false }
  const rows = (groups: readonly TrainGroup[]) =>
    groups.flatMap(({ prompt, completions }) =>
      completions.map(ids => Float64Array.from(ids, id => toyScore(weight, seenIn(prompt), id))),
    )
  const engine: Engine = {
    capabilities: { backend: 'toy', parameters: 1, maxTokens: 1000 },
    sample: () => TE.left({ _tag: 'Thrown', cause: 'the trainer does not sample', remedy: '' }),
    logprobs: groups => TE.fromIO(() => rows(groups)),
    forwardBackward: (groups, objective) =>
      TE.fromIO(() => {
        const { loss, metrics } = objective(rows(groups))
        return { loss, metrics }
      }),
    optimStep: rate =>
      TE.fromIO(() => {
        weight += rate
        return { gradientNorm: 1 }
      }),
    save: directory => async () => {
      await mkdir(directory, { recursive: true })
      await writeFile(join(directory, 'weight.json'), String(weight))
      if (adapter) await writeFile(join(directory, 'adapter_config.json'), '{}')
      return E.right(undefined)
    },
    load: directory => async () => {
      weight = Number(await readFile(join(directory, 'weight.json'), 'utf8'))
      return E.right(undefined)
    },
    dispose: () => {
      state.disposed = true
    },
  }
  return { engine, weight: () => weight, state }
}
