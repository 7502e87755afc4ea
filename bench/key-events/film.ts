import { random } from '../random.ts'
import type { Style } from './style.ts'

/** An event: something is on screen from one frame through another. */
export interface Event {
  readonly first: number
  readonly last: number
}

const total = 300

/** Four events, apart from each other and from both ends. */
const schedule = (next: () => number, [least, most]: readonly [number, number]): Event[] =>
  Array.from({ length: 4 }, (_, i) => {
    const first = 10 + i * 70 + Math.floor(next() * 52)
    return { first, last: first + least - 1 + Math.floor(next() * (most - least + 1)) }
  })

/** What appears: where, how large, and by how much it changes red, green and blue. */
interface Mark {
  readonly x: number
  readonly y: number
  readonly radius: number
  readonly tint: readonly [number, number, number]
}

/** Light, or a turn of colour that leaves BT.601 luma as it is. */
const tintOf = (style: Style, up: boolean): Mark['tint'] => {
  const way = up ? 1 : -1
  return style.tint === 'light' ? [110 * way, 110 * way, 110 * way] : [90 * way, -(90 * 0.299 * way) / 0.587, 0]
}

/**
 * A clip of 300 frames: a drifting backdrop with grain, one box that moves all the time, and at each event a disc or a
 * square that appears somewhere and vanishes again. The same seed and style give the same clip.
 */
export const eventFilm = (
  seed: number,
  style: Style,
): { readonly frames: () => Generator<Uint8Array>; readonly events: readonly Event[] } => {
  const { width, height } = style
  const next = random(seed * 7919 + 1)
  const events = schedule(next, style.length)
  const marks = events.map((): Mark => {
    const [least, most] = style.radius
    const [x, y] = [20 + next() * (width - 40), 20 + next() * (height - 40)]
    return { x, y, radius: least + next() * (most - least), tint: tintOf(style, next() < 0.5) }
  })
  const scenes = Array.from({ length: style.cuts + 1 }, (_, i) => ({
    from: i === 0 ? 0 : Math.floor(next() * total),
    light: i === 0 ? 120 : 70 + next() * 110,
    waves: i === 0 ? [25, 17] : [12 + next() * 30, 9 + next() * 20],
  })).sort((a, b) => a.from - b.from)
  function* frames() {
    const noise = random(seed + 100_000)
    const shakes = random(seed + 200_000)
    for (let i = 0; i < total; i++) {
      const scene = scenes.findLast(({ from }) => from <= i) as (typeof scenes)[number]
      const [wave, swell] = scene.waves as [number, number]
      const jolt = () => Math.round((2 * shakes() - 1) * style.shake)
      const [dx, dy] = [jolt() + i * style.drift, jolt()]
      const flicker = (2 * shakes() - 1) * style.flicker
      const which = events.findIndex(({ first, last }) => i >= first && i <= last)
      const [event, mark] = [events[which], marks[which]]
      const into = event === undefined ? 0 : Math.min(i - event.first, event.last - i) + 1
      const strength = style.fade === 0 ? 1 : Math.min(1, into / style.fade)
      const out = new Uint8ClampedArray(width * height * 3)
      const rows = Array.from({ length: height }, (_, y) => 20 * Math.sin((y + dy) / swell))
      const columns = Array.from({ length: width }, (_, x) => 40 * Math.sin((x + dx) / wave))
      for (let y = 0, to = 0; y < height; y++)
        for (let x = 0; x < width; x++, to += 3) {
          const inBox = Math.abs(x - ((i * 0.7) % width)) < 8 && Math.abs(y - 70) < 8
          const grain = (noise() - 0.5) * style.grain
          const light = (inBox ? 170 : scene.light + (columns[x] as number) + (rows[y] as number)) + grain + flicker
          const inside = mark !== undefined && within(style, mark, x, y)
          for (let c = 0; c < 3; c++)
            out[to + c] = light - (inBox && c === 1 ? 80 : 0) + (inside ? strength * (mark.tint[c] as number) : 0)
        }
      yield new Uint8Array(out.buffer)
    }
  }
  return { frames, events }
}

const within = ({ shape }: Style, { x, y, radius }: Mark, atX: number, atY: number): boolean =>
  shape === 'disc'
    ? (atX - x) ** 2 + (atY - y) ** 2 < radius ** 2
    : Math.max(Math.abs(atX - x), Math.abs(atY - y)) < radius
