/** So many ids fit into one set of V8. */
const idsInSet = 2 ** 23

/** Numbers below this are bits in pages, each made when one of its numbers comes: all pages together take 16 MiB. */
const paged = 2 ** 27
const pageBits = 2 ** 15

/** The whole number that is written so, digit by digit; nothing where a text is none, or another text means it too ("07"). */
const wholeNumber = (text: string): number | undefined => {
  if (text.length === 0 || text.length > 15 || (text.length > 1 && text[0] === '0')) return undefined
  let number = 0
  for (let at = 0; at < text.length; at++) {
    const digit = text.charCodeAt(at) - 48
    if (digit < 0 || digit > 9) return undefined
    number = 10 * number + digit
  }
  return number
}

/** Remembers small numbers: most data sets count their records. */
const seenNumbers = (): ((number: number) => boolean) => {
  const pages: (Uint32Array | undefined)[] = []
  return number => {
    const place = Math.floor(number / pageBits)
    let page = pages[place]
    if (page === undefined) {
      page = new Uint32Array(pageBits / 32)
      pages[place] = page
    }
    const [word, bit] = [(number % pageBits) >>> 5, 1 << (number & 31)]
    const isSeen = (page[word]! & bit) !== 0
    page[word]! |= bit
    return isSeen
  }
}

/** Remembers texts and larger numbers, in as many sets as they need. */
const seenKeys = (): ((key: string | number) => boolean) => {
  const full: Set<string | number>[] = []
  let set = new Set<string | number>()
  return key => {
    if (full.some(one => one.has(key))) return true
    const { size } = set
    set.add(key)
    if (set.size === size) return true
    if (set.size < idsInSet) return false
    full.push(set)
    set = new Set()
    return false
  }
}

/**
 * Remembers ids; says whether one was there before. Ids that are whole numbers are remembered as such: a bit each where they are small and follow
 * each other, a third of a text's memory where not.
 */
export const seenIds = (): ((id: string) => boolean) => {
  const [isSeenNumber, isSeenKey] = [seenNumbers(), seenKeys()]
  return id => {
    const number = wholeNumber(id)
    return number !== undefined && number < paged ? isSeenNumber(number) : isSeenKey(number ?? id)
  }
}
