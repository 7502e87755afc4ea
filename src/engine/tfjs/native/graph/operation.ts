import type { Attribute } from '../binding.ts'

/** A tensor of a graph: one that is fed, or one that an operation gives. */
export type Source = { readonly feed: number } | Result

/** What an operation gives. */
export interface Result {
  readonly operation: number
  readonly output: number
}

export const isResult = (source: Source): source is Result => 'operation' in source

/** A call of a TensorFlow kernel that waits for the graph to run. */
export interface Operation {
  readonly name: string
  readonly attributes: readonly Attribute[]
  readonly inputs: readonly Source[]
  /** TensorFlow's types of what it gives. */
  readonly outputs: readonly number[]
}

/** Operations in the order of their calls, TensorFlow's types of what is fed, and the tensors that are asked for. */
export interface Graph {
  readonly operations: readonly Operation[]
  readonly feeds: readonly number[]
  readonly wanted: readonly Source[]
}

const named = (source: Source): string =>
  isResult(source) ? `${source.operation}:${source.output}` : `f${source.feed}`

/** Two graphs with the same text compute the same function, of whatever shapes they are fed. */
export const textOf = ({ operations, feeds, wanted }: Graph): string => {
  const lines = operations.map(({ name, attributes, inputs }) => {
    const constants = attributes.map(({ name: key, value }) => `${key}=${value}`)
    return `${name} ${constants.join(',')} ${inputs.map(named).join(',')}`
  })
  return `${feeds.join(',')}\n${lines.join('\n')}\n${wanted.map(named).join(',')}`
}

/** TensorFlow's type of a tensor of a graph. */
export const typeOf = ({ operations, feeds }: Graph, source: Source): number =>
  isResult(source) ? operations[source.operation]!.outputs[source.output]! : feeds[source.feed]!
