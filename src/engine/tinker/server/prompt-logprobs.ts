import { function as F, taskEither as TE } from 'fp-ts'
import type { Engine, EngineFault, Prompt, TrainGroup } from '../../engine.ts'
import type { PromptModel } from '../../text/prompt-value.ts'

/** Runs of text between media: where each begins and ends, and how many media stand before. */
const runsOf = ({ ids }: Prompt, { tokens }: PromptModel) => {
  const isPad = (at: number): boolean => ids[at] === tokens.image || ids[at] === tokens.video
  const runs: { readonly start: number; readonly end: number }[] = []
  let start = 1
  for (let at = 1; at <= ids.length; at++)
    if (at === ids.length || isPad(at)) {
      if (at > start) runs.push({ start, end: at })
      start = at + 1
    }
  return runs
}

/** Media of which all pads stand before a place. */
const mediaBefore = ({ media }: Prompt, before: Int32Array, { tokens, vision }: PromptModel) => {
  let left = before.reduce((n, id) => n + (id === tokens.image || id === tokens.video ? 1 : 0), 0)
  return media.filter(({ grid: [t, h, w] }) => {
    left -= (t * h * w) / vision.mergeSize ** 2
    return left >= 0
  })
}

/** The log-probability of every token of a prompt but the first; null where there is none, as at the pads of media. */
export const promptLogprobs = (
  engine: Engine,
  model: PromptModel,
  prompt: Prompt,
  signal: AbortSignal,
): TE.TaskEither<EngineFault, readonly (number | null)[]> => {
  const runs = runsOf(prompt, model)
  const groups = runs.map(({ start, end }): TrainGroup => {
    const ids = prompt.ids.slice(0, start)
    return { prompt: { ids, media: mediaBefore(prompt, ids, model) }, completions: [prompt.ids.slice(start, end)] }
  })
  return F.pipe(
    groups.length === 0 ? TE.right([]) : engine.logprobs(groups, signal),
    TE.map(rows => {
      const all = Array<number | null>(prompt.ids.length).fill(null)
      for (const [r, { start }] of runs.entries()) for (const [i, value] of rows[r]!.entries()) all[start + i] = value
      return all
    }),
  )
}
