import { type inspect, type Parameters, inspect as see } from 'kinograd/engine/tfjs'
import type { Golden, Numbers } from './golden.ts'

/** Logits closer than this are a tie: which of the two an implementation takes is a matter of its rounding. */
export const tie = 1e-4

type Seen = ReturnType<typeof inspect>

/** Largest of a row of logits. */
const best = (logits: Numbers): number => {
  let at = 0
  for (let i = 1; i < logits.length; i++) if ((logits[i] as number) > (logits[at] as number)) at = i
  return at
}

/**
 * How many greedy ids differ from the expected ones. What this engine sampled is compared up to its first tie; every expected id is
 * compared with the largest of our own logits after the expected ids before it.
 */
export const greedyDifferences = (
  { config, layout, prompt }: Golden,
  parameters: Parameters,
  expected: Int32Array,
  sampled: Int32Array,
): number => {
  const forced: Seen = see(
    { config, parameters, layout },
    { ids: Int32Array.from([...prompt.ids, ...expected]), media: prompt.media },
  )
  const width = config.text.vocabSize
  let differences = 0
  let tied = false
  expected.forEach((id, t) => {
    const row = prompt.ids.length - 1 + t
    const logits = forced.logits.subarray(row * width, (row + 1) * width)
    const equalTo = (other: number): boolean =>
      other === id || Math.abs((logits[other] as number) - (logits[id] as number)) < tie
    const ours = sampled[t] ?? -1
    if (!equalTo(best(logits)) || !(tied || equalTo(ours))) differences++
    tied ||= ours !== id
  })
  return differences
}
