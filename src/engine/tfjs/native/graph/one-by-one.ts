import type { Binding, Made } from '../binding.ts'
import type { Graph, Source } from './operation.ts'

/** Runs the operations of a graph one after the other, and frees what nothing reads any more: handles of what is fed → what is wanted. */
export const runOneByOne = (
  binding: Binding,
  { operations, wanted }: Graph,
  feeds: readonly number[],
): readonly Made[] => {
  const made: (readonly Made[])[] = []
  const readers = operations.map(({ outputs }) => outputs.map(() => 0))
  const count = (source: Source, by: number): number => {
    if ('feed' in source) return 1
    const counts = readers[source.operation] as number[]
    counts[source.output] = (counts[source.output] as number) + by
    return counts[source.output] as number
  }
  const of = ({ operation, output }: Exclude<Source, { feed: number }>): Made =>
    (made[operation] as readonly Made[])[output] as Made
  for (const source of [...operations.flatMap(({ inputs }) => inputs), ...wanted]) count(source, 1)
  operations.forEach(({ name, attributes, inputs, outputs }, i) => {
    const ids = inputs.map(source => ('feed' in source ? (feeds[source.feed] as number) : of(source).id))
    made[i] = binding.executeOp(name, attributes, ids, outputs.length)
    for (const source of inputs) if (!('feed' in source) && count(source, -1) === 0) binding.deleteTensor(of(source).id)
    made[i].forEach(({ id }, output) => {
      if (readers[i]?.[output] === 0) binding.deleteTensor(id)
    })
  })
  return wanted.map(source => of(source as Exclude<Source, { feed: number }>))
}
