import { random } from '../random.ts'

/** An event: something is on screen from one frame through another. */
export interface Event {
  readonly first: number
  readonly last: number
}

const size = { width: 160, height: 96 }
const total = 300

/** Four events of 3 to 9 frames, apart from each other and from both ends. */
const schedule = (next: () => number): Event[] =>
  Array.from({ length: 4 }, (_, i) => {
    const first = 10 + i * 70 + Math.floor(next() * 55)
    return { first, last: first + 2 + Math.floor(next() * 7) }
  })

/**
 * A clip of 300 frames: a slowly drifting backdrop with grain, one box that moves all the time, and at each event a
 * disc of 16 to 28 pixels that appears somewhere and vanishes again. The same seed gives the same clip.
 */
export const eventFilm = (
  seed: number,
): { readonly frames: () => Generator<Uint8Array>; readonly events: readonly Event[] } & typeof size => {
  const next = random(seed * 7919 + 1)
  const events = schedule(next)
  const discs = events.map(() => ({
    x: 20 + next() * (size.width - 40),
    y: 20 + next() * (size.height - 40),
    radius: 8 + next() * 6,
    light: next() < 0.5 ? 20 : 235,
  }))
  function* frames(): Generator<Uint8Array> {
    const grain = random(seed + 100_000)
    for (let i = 0; i < total; i++) {
      const out = new Uint8Array(size.width * size.height * 3)
      const disc = discs[events.findIndex(({ first, last }) => i >= first && i <= last)]
      for (let y = 0; y < size.height; y++)
        for (let x = 0; x < size.width; x++) {
          const base = 3 * (y * size.width + x)
          const inBox = Math.abs(x - ((i * 0.7) % size.width)) < 8 && Math.abs(y - 70) < 8
          const inDisc = disc !== undefined && (x - disc.x) ** 2 + (y - disc.y) ** 2 < disc.radius ** 2
          const wave = 120 + 40 * Math.sin((x + i * 0.3) / 25) + 20 * Math.sin(y / 17)
          const light = inDisc ? disc.light : inBox ? 170 : wave + (grain() - 0.5) * 10
          out[base] = light
          out[base + 1] = inBox ? 90 : light
          out[base + 2] = light
        }
      yield out
    }
  }
  return { frames, events, ...size }
}
