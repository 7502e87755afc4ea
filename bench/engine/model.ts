import type { taskEither as TE } from 'fp-ts'
import type { Engine, Prompt } from 'kinograd/engine'
import {
  adamw,
  chain,
  clipByGlobalNorm,
  initialise,
  type Qwen25VLConfig,
  type SelectedBackend,
  selectBackend,
  tfjsEngine,
} from 'kinograd/engine/tfjs'
import type { Fault } from 'kinograd/flow'
import { must } from '../must.ts'
import { configOf, type Sizes } from './config.ts'

type Tower = Sizes['tower']

/** A random Qwen2.5-VL of some size, the same on both sides. */
export interface Size {
  readonly name: string
  readonly config: Qwen25VLConfig
}

const size = (name: string, text: Omit<Sizes, 'kvHeads' | 'tied' | 'tower'>, tower: Omit<Tower, 'heads'>): Size => ({
  name,
  config: configOf({ ...text, kvHeads: 2, tied: false, tower: { ...tower, heads: 4, fullAttentionBlocks: [1, 3] } }),
})

export const sizes = {
  micro: size(
    '0.75 M',
    { hidden: 96, intermediate: 192, layers: 3, heads: 4, vocabulary: 512 },
    { depth: 4, hidden: 96, intermediate: 192 },
  ),
  small: size(
    '2 M',
    { hidden: 160, intermediate: 320, layers: 4, heads: 4, vocabulary: 512 },
    { depth: 4, hidden: 160, intermediate: 320 },
  ),
  medium: size(
    '45 M',
    { hidden: 512, intermediate: 1536, layers: 10, heads: 8, vocabulary: 8192 },
    { depth: 4, hidden: 320, intermediate: 640 },
  ),
  large: {
    name: '0.53 B',
    config: configOf({
      hidden: 896,
      intermediate: 4864,
      layers: 24,
      heads: 14,
      kvHeads: 2,
      vocabulary: 151_936,
      tied: true,
      tower: { depth: 4, hidden: 640, intermediate: 1712, heads: 8 },
    }),
  },
} as const

/** Deterministic filler: the same inputs for both sides. */
export const filler = (n: number, modulus: number, seed: number): number[] =>
  Array.from({ length: n }, (_, i) => 8 + (((i * 2654435761 + seed * 40503) >>> 7) % modulus))

/** A clip of `grid` patches (time, height, width) and `words` tokens of text. */
export const promptOf = (
  { tokens, text }: Qwen25VLConfig,
  grid: readonly [number, number, number],
  words: number,
  n: number,
): Prompt => {
  const [t, h, w] = grid
  const pixels = Float32Array.from({ length: t * h * w * 1176 }, (_, i) => Math.sin(i * 0.37 + n))
  return {
    ids: Int32Array.from([
      5,
      tokens.visionStart,
      ...Array<number>((t * h * w) / 4).fill(tokens.video),
      tokens.visionEnd,
      ...filler(words, text.vocabSize - 16, n),
    ]),
    media: [{ kind: 'video', grid, secondsPerGrid: 1, values: pixels }],
  }
}

/** The optimiser of all engine benches. */
export const clipNorm = 5
export const learningRate = 1e-6

export const engineOf = ({ config }: Size): Engine =>
  tfjsEngine({
    config,
    parameters: initialise(config, 1),
    optimiser: chain(clipByGlobalNorm(clipNorm), adamw({ beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01 })),
  })

/** What went well, or an error that ends the bench. */
export const done = async <A>(work: TE.TaskEither<Fault, A>): Promise<A> => must(await work())

/** The cases of the sizes that were named (`-- rollout "45 M"`), or all. */
export const chosen = <C extends { readonly size: Size }>(
  cases: readonly C[],
  names: readonly string[],
): readonly C[] => (names.length === 0 ? cases : cases.filter(({ size }) => names.includes(size.name)))

/** Median seconds of a piece of work, after some runs to warm up; it is told the number of the run, from 0. */
export const timed = async (repeats: number, work: (run: number) => Promise<unknown>, warmup = 1): Promise<number> => {
  const seconds: number[] = []
  for (let run = 0; run < warmup + repeats; run++) {
    const start = performance.now()
    await work(run)
    if (run >= warmup) seconds.push((performance.now() - start) / 1000)
  }
  return median(seconds)
}

/** Selects the best backend and says which it is. */
export const announced = async (): Promise<SelectedBackend> => {
  const selected = await done(selectBackend())
  console.log(`backend: ${selected.detail}`)
  return selected
}

export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
