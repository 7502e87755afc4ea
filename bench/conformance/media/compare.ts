import type { MediaFault } from 'kinograd/media'
import type { Rgb } from './bars.ts'
import type { Expected, Refusal } from './expected.ts'
import { colourIn, meanIn, numbersIn, type Seen } from './seen.ts'

/** Levels by which a pixel may be off: what compression does to flat colours. */
const pixelWithin = 4
/** Levels by which the mean colour of a picture may be off. */
const meanWithin = 0.5

const short = (list: readonly unknown[]): string =>
  list.length > 12 ? `${list.slice(0, 12).join(' ')} … (${list.length})` : list.join(' ')

/** Where two lists first differ, in words; nothing when they are equal. */
const listDiffers = <A>(
  name: string,
  got: readonly A[],
  right: readonly A[],
  same: (a: A, b: A) => boolean = (a, b) => a === b,
): readonly string[] => {
  const at = right.findIndex((value, i) => i >= got.length || !same(got[i]!, value))
  if (at < 0 && got.length === right.length) return []
  const from = at < 0 ? right.length : Math.max(0, at - 2)
  return [`${name} from ${from}: ${short(got.slice(from))}, right is ${short(right.slice(from))}`]
}

const farther = (got: Rgb, right: Rgb, within: number): boolean =>
  got.some((level, channel) => Math.abs(level - right[channel]!) > within)

const pixelsDiffer = (seen: Seen, frame: number, pixels: Readonly<Record<string, Rgb>>): readonly string[] =>
  Object.entries(pixels).flatMap(([place, right]) => {
    const [x = 0, y = 0] = place.split(',').map(Number)
    if (frame >= seen.frames.count || x >= seen.frames.width || y >= seen.frames.height)
      return [`picture ${frame} has no pixel at ${place}`]
    const got = colourIn(seen.frames, frame, x, y)
    return farther(got, right, pixelWithin) ? [`picture ${frame} at ${place}: ${got}, right is ${right}`] : []
  })

const sameFact = (got: unknown, right: unknown): boolean =>
  typeof got === 'number' && typeof right === 'number'
    ? Math.abs(got - right) <= 1e-3 * Math.max(1, Math.abs(right))
    : JSON.stringify(got) === JSON.stringify(right)

const clipDiffers = (seen: Seen, facts: Readonly<Record<string, unknown>>): readonly string[] =>
  Object.entries(facts).flatMap(([name, right]) => {
    const got: unknown = Object.entries(seen.clip).find(([key]) => key === name)?.[1]
    return sameFact(got, right) ? [] : [`clip.${name} is ${JSON.stringify(got)}, right is ${JSON.stringify(right)}`]
  })

const fromFirst = (times: readonly number[]): readonly number[] => times.map(time => time - times[0]!)

/** What differs between what a decoder gave and what is right, one sentence each. */
export const differences = (seen: Seen, right: Expected): readonly string[] => {
  const { clip, frames } = seen
  const within = right.timesWithin ?? 0.0015
  const out: string[] = []
  if (right.frames !== undefined && clip.frameCount !== right.frames)
    out.push(`${clip.frameCount} frames, right is ${right.frames}`)
  if (right.size !== undefined && (clip.width !== right.size[0] || clip.height !== right.size[1]))
    out.push(`size ${clip.width}×${clip.height}, right is ${right.size.join('×')}`)
  if (right.numbers !== undefined) out.push(...listDiffers('numbers', numbersIn(frames), right.numbers))
  if (right.times !== undefined)
    out.push(
      ...listDiffers(
        'times',
        fromFirst(seen.times).map(round),
        fromFirst(right.times).map(round),
        (a, b) => Math.abs(a - b) <= within,
      ),
    )
  if (seen.times.some((time, i) => time !== frames.times[i])) out.push('times() and frames().times differ')
  if (right.meanRgbOfFirst !== undefined) {
    const mean = meanIn(frames, 0)
    if (farther(mean, right.meanRgbOfFirst, meanWithin))
      out.push(`mean of the first picture ${mean.map(level => level.toFixed(1))}, right is ${right.meanRgbOfFirst}`)
  }
  if (right.pixels !== undefined) out.push(...pixelsDiffer(seen, 0, right.pixels))
  for (const [frame, pixels] of Object.entries(right.pixelsOfFrame ?? {}))
    out.push(...pixelsDiffer(seen, Number(frame), pixels))
  if (right.clip !== undefined) out.push(...clipDiffers(seen, right.clip))
  return out
}

const round = (seconds: number): number => Math.round(seconds * 1e6) / 1e6

/** What is wrong with a refusal; nothing when it is one that the file allows. */
export const refusalDiffers = (fault: MediaFault, refusal: Refusal | undefined): readonly string[] => {
  const said = `${fault.cause} ${fault.remedy}`
  if (refusal === undefined) return [`refused: ${fault._tag}: ${said}`]
  const out: string[] = []
  if (refusal.tags !== undefined && !refusal.tags.includes(fault._tag))
    out.push(`refused as ${fault._tag} (${said}), right is ${refusal.tags.join(' or ')}`)
  for (const words of refusal.says ?? []) if (!said.includes(words)) out.push(`refused without "${words}": ${said}`)
  for (const words of refusal.hides ?? []) if (said.includes(words)) out.push(`the refusal shows "${words}"`)
  return out
}
