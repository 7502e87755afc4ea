/**
 * Word error rate: insertions, deletions and substitutions that turn the hypothesis into the reference, over the number
 * of words of the reference (at least 1). Time |reference|·|hypothesis|, memory |hypothesis|.
 */
export const wordErrorRate = (reference: readonly string[], hypothesis: readonly string[]): number => {
  const row = Uint32Array.from({ length: hypothesis.length + 1 }, (_, j) => j)
  for (const [i, word] of reference.entries()) {
    let diagonal = row[0] as number
    row[0] = i + 1
    for (let j = 1; j <= hypothesis.length; j++) {
      const above = row[j] as number
      row[j] = word === hypothesis[j - 1] ? diagonal : 1 + Math.min(above, row[j - 1] as number, diagonal)
      diagonal = above
    }
  }
  return (row[hypothesis.length] as number) / Math.max(1, reference.length)
}
