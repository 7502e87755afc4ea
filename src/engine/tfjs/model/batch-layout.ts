import type { Patches } from '../../../media/index.ts'
import type { Prompt, TrainGroup } from '../../engine.ts'
import type { Qwen25VLConfig } from './config.ts'
import type { MropeLayout } from './mrope-layout.ts'
import { ropeIndex } from './positions.ts'

/**
 * How many rows there are: first the N prompts, each padded to P tokens, then their N · G completions, each padded to C tokens. A
 * group's completions share the prompt's rows: whatever the prompt costs, it costs once. G · C may be 0 (a prefill).
 */
export interface RowCounts {
  readonly prompts: number
  readonly promptLength: number
  readonly completionsPerPrompt: number
  readonly completionLength: number
}

/** What stands in which row of a batch, as numbers. */
export interface BatchLayout {
  readonly counts: RowCounts
  /** Token of every row; padding and what is seen hold 0. [rows] */
  readonly tokens: Int32Array
  /** Positions along time, height and width. [3, rows] */
  readonly positions: Int32Array
  /** Merged unit of the media that stands in a row; −1 where none does. [rows] */
  readonly unitOf: Int32Array
  /** The media of all prompts, each once. */
  readonly media: readonly Patches[]
  /** First position after each prompt. [N] */
  readonly nextPositions: Int32Array
  /** Tokens of each prompt. [N] */
  readonly promptLengths: Int32Array
  /** For every completion token, group by group, completion by completion: the row that predicts it, and the token. */
  readonly predictedBy: Int32Array
  readonly targets: Int32Array
  /** Tokens of each completion, in the same order. */
  readonly lengths: Int32Array
  /** The rows that hold a token, in their order, but those of a completion's last, which predict nothing. */
  readonly filled: Int32Array
}

/** The row of a completion's token. */
type RowOf = (group: number, completion: number, token: number) => number

const longest = (lengths: readonly number[]): number => Math.max(0, ...lengths)

/**
 * Prompts padded to the longest, completions to the longest, G the largest group's size. Where every group has at most one
 * completion nothing is shared, and prompt and completion are one sequence: fewer rows and plain causal attention.
 */
const places = (groups: readonly TrainGroup[]): { readonly counts: RowCounts; readonly rowOf: RowOf } => {
  const n = groups.length
  const G = longest(groups.map(g => g.completions.length))
  if (G <= 1) {
    const length = longest(groups.map(g => g.prompt.ids.length + (g.completions[0]?.length ?? 0)))
    return {
      counts: { prompts: n, promptLength: length, completionsPerPrompt: 0, completionLength: 0 },
      rowOf: (i, _, t) => i * length + groups[i]!.prompt.ids.length + t,
    }
  }
  const P = longest(groups.map(g => g.prompt.ids.length))
  const C = longest(groups.flatMap(g => g.completions.map(c => c.length)))
  return {
    counts: { prompts: n, promptLength: P, completionsPerPrompt: G, completionLength: C },
    rowOf: (i, g, t) => n * P + (i * G + g) * C + t,
  }
}

/** Merged units of media, numbered over all of them; a medium that comes again has the units that it had. */
const numberedUnits = (mergeSize: number) => {
  const first = new Map<Patches, number>()
  let units = 0
  return {
    media: () => [...first.keys()],
    /** The units of a prompt's media, in the order of its pad tokens. */
    unitsOf: (media: readonly Patches[]): readonly number[] =>
      media.flatMap(medium => {
        const [t, h, w] = medium.grid
        const count = (t * h * w) / mergeSize ** 2
        const begin = first.get(medium) ?? units
        if (!first.has(medium)) {
          first.set(medium, units)
          units += count
        }
        return Array.from({ length: count }, (_, u) => begin + u)
      }),
  }
}

/** Lays out groups for one forward pass. A medium that several prompts hold (the same object) passes the vision tower once. Pure. */
export const layOut = (groups: readonly TrainGroup[], config: Qwen25VLConfig, layout: MropeLayout): BatchLayout => {
  const { counts, rowOf } = places(groups)
  const { prompts, promptLength: P, completionsPerPrompt, completionLength } = counts
  const total = prompts * (P + completionsPerPrompt * completionLength)
  const tokens = new Int32Array(total)
  const positions = new Int32Array(total * 3)
  const unitOf = new Int32Array(total).fill(-1)
  const [nextPositions, promptLengths] = [new Int32Array(prompts), new Int32Array(prompts)]
  const predictedBy: number[] = []
  const targets: number[] = []
  const lengths: number[] = []
  const filled: number[] = []
  const numbered = numberedUnits(config.vision.mergeSize)

  const putPrompt = ({ ids, media }: Prompt, i: number): void => {
    const { positions: own, next } = ropeIndex({ ids, media }, config, layout)
    const units = numbered.unitsOf(media)
    promptLengths[i] = ids.length
    nextPositions[i] = next
    let seen = 0
    ids.forEach((id, t) => {
      const row = i * P + t
      const visual = id === config.tokens.image || id === config.tokens.video
      filled.push(row)
      tokens[row] = visual ? 0 : id
      if (visual) unitOf[row] = units[seen++]!
      for (let axis = 0; axis < 3; axis++) positions[axis * total + row] = own[axis * ids.length + t]!
    })
  }
  const putCompletion = (ids: Int32Array, i: number, g: number): void => {
    lengths.push(ids.length)
    ids.forEach((id, t) => {
      const row = rowOf(i, g, t)
      tokens[row] = id
      if (t + 1 < ids.length) filled.push(row)
      for (let axis = 0; axis < 3; axis++) positions[axis * total + row] = nextPositions[i]! + t
      predictedBy.push(t === 0 ? i * P + promptLengths[i]! - 1 : row - 1)
      targets.push(id)
    })
  }
  groups.forEach(({ prompt, completions }, i) => {
    putPrompt(prompt, i)
    completions.forEach((ids, g) => {
      putCompletion(ids, i, g)
    })
  })
  return {
    counts,
    tokens,
    positions,
    unitOf,
    media: numbered.media(),
    nextPositions,
    promptLengths,
    predictedBy: Int32Array.from(predictedBy),
    targets: Int32Array.from(targets),
    lengths: Int32Array.from(lengths),
    filled: Int32Array.from(filled).sort(),
  }
}
