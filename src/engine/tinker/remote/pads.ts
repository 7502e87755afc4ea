import { either as E } from 'fp-ts'
import { fault } from '../../../flow/index.ts'
import type { Patches } from '../../../media/index.ts'
import type { EngineFault, Prompt } from '../../engine.ts'

/** The pad tokens of a model, and how many patches along a side make one. */
export interface PadTokens {
  readonly image: number
  readonly video: number
  readonly mergeSize: number
}

/** Those of Qwen2.5-VL and Qwen2-VL as published. */
export const qwenPads: PadTokens = { image: 151655, video: 151656, mergeSize: 2 }

/** Where the pads of a medium stand. */
interface Run {
  readonly start: number
  readonly end: number
  readonly medium: Patches
}

/** Where the pads of each medium stand, in order. Left: `BadPrompt` where they do not come out even. */
export const runsOfPads = (
  { ids, media }: Prompt,
  { image, video, mergeSize }: PadTokens,
): E.Either<EngineFault, readonly Run[]> => {
  const bad = (cause: string): E.Either<EngineFault, never> =>
    E.left(
      fault(
        'BadPrompt',
        cause,
        'Make the prompt with qwenPrompt and the tokenizer of the model; give its pad tokens (pads).',
      ),
    )
  const isPad = (at: number): boolean => ids[at] === image || ids[at] === video
  const runs: Run[] = []
  let at = 0
  for (const [m, medium] of media.entries()) {
    const units = (medium.grid[0] * medium.grid[1] * medium.grid[2]) / mergeSize ** 2
    while (at < ids.length && !isPad(at)) at++
    const end = at + units
    let run = at
    while (run < end && ids[run] === { image, video }[medium.kind]) run++
    if (run < end)
      return bad(
        `medium ${m} (${medium.kind}, grid ${medium.grid.join('×')}) makes ${units} tokens, the prompt has ${run - at}`,
      )
    runs.push({ start: at, end, medium })
    at = end
  }
  const left = ids.findIndex((_, i) => i >= at && isPad(i))
  return left < 0 ? E.right(runs) : bad(`token ${left} is a pad of no medium`)
}
