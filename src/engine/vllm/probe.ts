import { either as E } from 'fp-ts'
import { fault } from '../../flow/index.ts'
import type { EngineFault, Prompt } from '../engine.ts'
import type { Link } from '../tinker/remote/link.ts'
import type { PadTokens } from '../tinker/remote/pads.ts'
import { dropped, ending, judged, variants } from '../tinker/remote/probe.ts'
import { promptScores } from './prompt-scores.ts'

const notTaken = (wrong: EngineFault): EngineFault =>
  wrong._tag === 'Refused'
    ? fault(
        'CannotDo',
        `this version of vLLM does not take patches that were cut elsewhere: ${wrong.cause}`,
        'Take another version, sample clips from kinograd serve, or use text alone.',
      )
    : wrong

/**
 * Whether patches that are sent as features reach the model: a prompt with its medium, with another, and without must have different
 * log-probabilities, one for each token and pad. Left: `MediaDropped` with the reason, `CannotDo` where the server takes no features.
 */
export const probeFeatures = async (
  link: Link,
  at: { readonly model: string; readonly pads: PadTokens },
  prompt: Prompt,
  signal?: AbortSignal,
): Promise<E.Either<EngineFault, void>> => {
  const three = variants(prompt, at.pads)
  if (E.isLeft(three)) return three
  const end = ending(prompt, at.pads)
  const rows: (readonly number[])[] = []
  for (const { ids, media } of three.right) {
    const whole = { ids: Int32Array.from([...ids, ...end]), media }
    const found = await promptScores(link, at, whole, signal)
    if (E.isLeft(found)) return E.left(notTaken(found.left))
    const { entries, scores } = found.right
    if (entries !== whole.ids.length)
      return E.left(
        dropped(link.address, 'sampling', `${entries} log-probabilities for ${whole.ids.length} tokens and pads`),
      )
    rows.push(scores.slice(-2))
  }
  const [one, other, none] = rows
  return judged(link.address, 'sampling', { one: one!, other: other!, none: none! })
}
