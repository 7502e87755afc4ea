import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { either as E, taskEither as TE } from 'fp-ts'
import type { Engine, Prompt, TrainGroup } from 'kinograd/engine'
import type { ServedPolicy } from 'kinograd/engine/tinker'

/**
 * A policy of one number. Its log-probabilities are that number less the token; a step adds the gradient's sum times the rate, and is
 * written down. Samples say in their tokens how many steps were made before. Media count by their first number.
 */
export interface Toy {
  readonly engine: Engine
  readonly steps: readonly number[]
}

const seen = ({ media }: Prompt): number => media.reduce((sum, { values }) => sum + (values[0] ?? 0), 0)

const toyEngine = (deaf: boolean): Toy => {
  let weight = 0
  let sum = 0
  const steps: number[] = []
  const rows = (groups: readonly TrainGroup[]) =>
    groups.flatMap(({ prompt, completions }) =>
      completions.map(ids => Float64Array.from(ids, id => weight - id / 1000 + (deaf ? 0 : seen(prompt) / 7))),
    )
  const engine: Engine = {
    capabilities: { backend: 'toy', parameters: 1, maxTokens: 1000 },
    sample: (prompts, { count, maxTokens }) =>
      TE.right(
        prompts.map(() =>
          Array.from({ length: count }, () => ({
            ids: new Int32Array(maxTokens).fill(steps.length),
            logprobs: new Float32Array(maxTokens).fill(-1),
            samplingLogprobs: new Float32Array(maxTokens).fill(-1),
            stop: 'length' as const,
          })),
        ),
      ),
    logprobs: groups => TE.fromIO(() => rows(groups)),
    forwardBackward: (groups, objective) =>
      TE.fromIO(() => {
        const { loss, gradient, metrics } = objective(rows(groups))
        sum += gradient.reduce((n, row) => row.reduce((m, slope) => m + slope, n), 0)
        return { loss, metrics }
      }),
    optimStep: rate =>
      TE.fromIO(() => {
        const gradientNorm = Math.abs(sum)
        const change = -rate * sum
        weight += change
        steps.push(change)
        sum = 0
        return { gradientNorm }
      }),
    save: directory => async () => {
      await mkdir(directory, { recursive: true })
      await writeFile(join(directory, 'toy.json'), JSON.stringify({ weight, steps }))
      return E.right(undefined)
    },
    load: directory => async () => {
      const kept: { readonly weight: number; readonly steps: readonly number[] } = JSON.parse(
        await readFile(join(directory, 'toy.json'), 'utf8'),
      )
      weight = kept.weight
      steps.splice(0, steps.length, ...kept.steps)
      return E.right(undefined)
    },
    dispose: () => undefined,
  }
  return { engine, steps }
}

export const toyTokens = { image: 900, video: 901 } as const

/** The toy as a policy that is served; `toys` are the models that were opened. A deaf one drops media without a word. */
export const toyPolicy = (deaf = false): ServedPolicy & { readonly toys: readonly Toy[] } => {
  const toys: Toy[] = []
  return {
    toys,
    name: 'toy',
    model: { tokens: toyTokens, vision: { mergeSize: 2, tokensPerSecond: 2 }, layout: 'qwen' },
    parameters: 1,
    maxTokens: 1000,
    picture: file =>
      TE.right({
        kind: 'image',
        grid: [1, 2, 2],
        secondsPerGrid: 1,
        values: new Float32Array(4 * 1176).fill(file.length),
      }),
    open: () => {
      const toy = toyEngine(deaf)
      toys.push(toy)
      return TE.right({ engine: toy.engine, settle: () => undefined })
    },
  }
}

/** A clip of one token, told apart by its number. */
export const toyClip = (number: number) =>
  ({ kind: 'video', grid: [1, 2, 2], secondsPerGrid: 1, values: new Float32Array(4 * 1176).fill(number) }) as const
