/** Keys that were asked for, in as many bytes however many they are. */
export interface Seen {
  /** Notes a key. False: it was never noted before. True: it was, or, in a small share of cases, it only looks so. */
  readonly note: (key: string) => boolean
}

/** Digits of a key that make one of its places. */
const digits = 8

/**
 * Nothing is noted yet. A Bloom filter with four places a key, which are read from the key, as that is a hash in hexadecimal digits. Of
 * half a million keys in the usual 4 MiB one in 100,000 looks noted that is not, of ten million one in four.
 */
export const keysSeen = (bits = 2 ** 25): Seen => {
  const words = new Uint32Array(Math.ceil(bits / 32))
  const noted = (key: string, at: number): boolean => {
    const place = Number.parseInt(key.slice(at * digits, (at + 1) * digits), 16) % bits
    const [word, bit] = [place >>> 5, 1 << (place & 31)]
    const before = (words[word]! & bit) !== 0
    words[word]! |= bit
    return before
  }
  return {
    note: key => {
      let all = true
      for (let at = 0; at < 4; at++) all = noted(key, at) && all
      return all
    },
  }
}
