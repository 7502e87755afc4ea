/** What is added to a score that must not count. */
export const blind = -1e9

/** Right-padded sequences need no more than causality: what pads comes after what counts. [P, P] */
export const causalBias = (P: number): Float32Array => {
  const bias = new Float32Array(P * P)
  for (let i = 0; i < P; i++) bias.fill(blind, i * P + i + 1, (i + 1) * P)
  return bias
}

/** What a prompt's row may see of its N prompts of so many tokens: what comes before, and padding only itself. [N, P, P] */
export const promptBias = (lengths: Int32Array, P: number): Float32Array => {
  const bias = new Float32Array(lengths.length * P * P)
  lengths.forEach((length, n) => {
    for (let i = 0; i < P; i++)
      for (let j = 0; j < P; j++) if (j > i || (j >= length && j !== i)) bias[(n * P + i) * P + j] = blind
  })
  return bias
}

/** What a completion's row may see: its whole prompt without the padding, and what comes before in the completion. [N, C, P + C] */
export const completionBias = (lengths: Int32Array, P: number, C: number): Float32Array => {
  const width = P + C
  const bias = new Float32Array(lengths.length * C * width)
  lengths.forEach((length, n) => {
    for (let i = 0; i < C; i++) {
      const row = (n * C + i) * width
      bias.fill(blind, row + length, row + P)
      bias.fill(blind, row + P + i + 1, row + width)
    }
  })
  return bias
}
