/** Words as whole numbers, equal ones alike: numbers are compared many times faster than texts. */
const numbered = (a: readonly string[], b: readonly string[]): readonly [Int32Array, Int32Array] => {
  const numbers = new Map<string, number>()
  const all = (words: readonly string[]): Int32Array =>
    Int32Array.from(words, word => {
      const number = numbers.get(word) ?? numbers.size
      numbers.set(word, number)
      return number
    })
  return [all(a), all(b)]
}

/** Length of the longest common subsequence. Time |a|·|b|, memory |b|. */
export const longestCommon = (a: readonly string[], b: readonly string[]): number => {
  const [first, second] = numbered(a, b)
  const row = new Int32Array(second.length + 1)
  for (const word of first) {
    let diagonal = 0
    let left = 0
    for (let j = 0; j < second.length; j++) {
      const above = row[j + 1]!
      left = word === second[j] ? diagonal + 1 : Math.max(above, left)
      row[j + 1] = left
      diagonal = above
    }
  }
  return row[second.length]!
}

/** Insertions, deletions and substitutions that turn one sequence into the other. Time |a|·|b|, memory |b|. */
export const editDistance = (a: readonly string[], b: readonly string[]): number => {
  const [first, second] = numbered(a, b)
  const row = Int32Array.from({ length: second.length + 1 }, (_, j) => j)
  for (let i = 0; i < first.length; i++) {
    const word = first[i]
    let diagonal = i
    let left = i + 1
    row[0] = left
    for (let j = 0; j < second.length; j++) {
      const above = row[j + 1]!
      left = word === second[j] ? diagonal : 1 + Math.min(above, left, diagonal)
      row[j + 1] = left
      diagonal = above
    }
  }
  return row[second.length]!
}
