/** Solves a small symmetric system by elimination with pivots; undefined where it has no single solution. */
const solved = (matrix: readonly (readonly number[])[], right: readonly number[]): readonly number[] | undefined => {
  const rows = matrix.map((row, i) => [...row, right[i]!])
  for (let column = 0; column < rows.length; column++) {
    let pivot = column
    for (let i = column + 1; i < rows.length; i++)
      if (Math.abs(rows[i]![column]!) > Math.abs(rows[pivot]![column]!)) pivot = i
    const [top, here] = [rows[pivot]!, rows[column]!]
    if (Math.abs(top[column]!) < 1e-12) return undefined
    rows[pivot] = here
    rows[column] = top
    for (let i = 0; i < rows.length; i++) {
      if (i === column) continue
      const factor = rows[i]![column]! / top[column]!
      for (let j = column; j <= rows.length; j++) rows[i]![j] = rows[i]![j]! - factor * top[j]!
    }
  }
  return rows.map((row, i) => row[rows.length]! / row[i]!)
}

const product = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, i) => sum + value * b[i]!, 0)

/**
 * The coefficients, none below 0, with which rows come nearest to their targets, by least squares. Tries every choice of columns that may
 * be above 0, so there should be few. A column of which nothing is known gets 0.
 */
export const nonNegative = (rows: readonly (readonly number[])[], targets: readonly number[]): readonly number[] => {
  const width = rows[0]?.length ?? 0
  // Columns of one scale, so that a small pivot means what it says.
  const scales = Array.from({ length: width }, (_, j) => Math.max(...rows.map(row => Math.abs(row[j]!)), 1e-300))
  const columns = scales.map((scale, j) => rows.map(row => row[j]! / scale))
  let best = { error: product(targets, targets), found: Array<number>(width).fill(0) }
  for (let chosen = 1; chosen < 2 ** width; chosen++) {
    const used = columns.map((_, j) => j).filter(j => (chosen >> j) % 2 === 1)
    const normal = used.map(i => used.map(j => product(columns[i]!, columns[j]!)))
    const some = solved(
      normal,
      used.map(i => product(columns[i]!, targets)),
    )
    if (some === undefined || some.some(value => !(value >= 0))) continue
    const found = Array<number>(width).fill(0)
    for (const [k, j] of used.entries()) found[j] = some[k]! / scales[j]!
    const error = rows.reduce((sum, row, i) => sum + (product(row, found) - targets[i]!) ** 2, 0)
    if (error < best.error * (1 - 1e-9)) best = { error, found }
  }
  return best.found
}
