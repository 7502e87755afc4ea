import { either as E } from 'fp-ts'
import { frozenOwners, type Normalised, writeTokenAdvantages } from 'kinograd/advantage'
import type { Bench, Row } from './row.ts'

const tokens = 4096
const lengths = [8, 16, 32, 64, 128, 256, 512, 1024]
type Write = (into: Float64Array, start: number, end: number, value: number) => void

/** Ways to write one value to a run of tokens. Which is quick differs by processor. */
const forms: Readonly<Record<string, Write>> = {
  loop: (into, start, end, value) => {
    for (let t = start; t < end; t++) into[t] = value
  },
  'loop by eights': (into, start, end, value) => {
    let t = start
    for (const last = end - 7; t < last; t += 8) {
      into[t] = value
      into[t + 1] = value
      into[t + 2] = value
      into[t + 3] = value
      into[t + 4] = value
      into[t + 5] = value
      into[t + 6] = value
      into[t + 7] = value
    }
    for (; t < end; t++) into[t] = value
  },
  fill: (into, start, end, value) => {
    into.fill(value, start, end)
  },
  'doubling by copyWithin': (into, start, end, value) => {
    let written = Math.min(end - start, 16)
    for (let t = start; t < start + written; t++) into[t] = value
    while (start + written < end) {
      const more = Math.min(written, end - start - written)
      into.copyWithin(start + written, start, start + more)
      written += more
    }
  },
}

/** Million tokens a second: the best of many short tries, so that a busy machine does not hide which is quicker. */
const rateOf = (run: () => void): number => {
  let best = Number.POSITIVE_INFINITY
  for (const until = performance.now() + 300; performance.now() < until; ) {
    const started = performance.now()
    for (let i = 0; i < 20; i++) run()
    best = Math.min(best, performance.now() - started)
  }
  return (20 * tokens) / best / 1000
}

/** One completion of 4,096 tokens whose owners change every `length` tokens. */
const ours = (length: number): (() => void) => {
  const owners = frozenOwners(Array.from({ length: tokens }, (_, t) => (Math.floor(t / length) % 2 === 0 ? 'a' : 'b')))
  const group: Normalised<'a' | 'b'> = {
    _tag: 'Normalised',
    group: 'runs',
    size: 1,
    advantages: { a: Float64Array.of(1), b: Float64Array.of(-1) },
    outside: new Float64Array(1),
  }
  const into = new Float64Array(tokens)
  return () => {
    const made = writeTokenAdvantages(group, [owners], into)
    if (E.isLeft(made)) throw new Error(made.left.cause)
  }
}

/** Advantages of tokens whose owners change every 8 … 1,024 tokens, beside the bare ways to write such runs. */
export const bench: Bench = async () =>
  lengths.flatMap((length): readonly Row[] => {
    const rate = rateOf(ours(length))
    const into = new Float64Array(tokens)
    return Object.entries(forms).map(([peerName, write]) => {
      const peer = rateOf(() => {
        for (let start = 0; start < tokens; start += length) write(into, start, start + length, start)
      })
      return { case: `runs of ${length}`, ours: rate, peer, peerName, ratio: rate / peer, unit: 'million tokens/s' }
    })
  })
