import type { Binding, Made } from '../binding.ts'
import { type Graph, isResult, type Result } from './operation.ts'

/** Counts the readers of results: gives how many there are after so many more. */
const readerCount = () => {
  const counts = new Map<string, number>()
  return (operation: number, output: number, change: number): number => {
    const key = `${operation}:${output}`
    const count = (counts.get(key) ?? 0) + change
    counts.set(key, count)
    return count
  }
}

/** Runs the operations of a graph one after the other, and frees what nothing reads any more: handles of what is fed → what is wanted. */
export const runOneByOne = (binding: Binding, graph: Graph, feeds: readonly number[]): readonly Made[] => {
  const readers = readerCount()
  for (const source of [...graph.operations.flatMap(({ inputs }) => inputs), ...graph.wanted])
    if (isResult(source)) readers(source.operation, source.output, 1)
  const made: Made[][] = []
  const alive = new Set<number>()
  const resultOf = ({ operation, output }: Result): Made => made[operation]![output]!
  const free = ({ id }: Made): void => {
    alive.delete(id)
    binding.deleteTensor(id)
  }
  try {
    graph.operations.forEach(({ name, attributes, inputs, outputs }, i) => {
      const ids = inputs.map(source => (isResult(source) ? resultOf(source).id : feeds[source.feed]!))
      const results = [...binding.executeOp(name, attributes, ids, outputs.length)]
      made.push(results)
      for (const { id } of results) alive.add(id)
      for (const source of inputs)
        if (isResult(source) && readers(source.operation, source.output, -1) === 0) free(resultOf(source))
      results.forEach((result, output) => {
        if (readers(i, output, 0) === 0) free(result)
      })
    })
  } catch (error) {
    for (const id of alive) binding.deleteTensor(id)
    throw error
  }
  return graph.wanted.map(source => resultOf(source as Result))
}
