import { BinaryWriter } from '@bufbuild/protobuf/wire'
import { type Attribute, attributeKind } from '../binding.ts'
import { type Graph, isResult, type Operation, type Source, typeOf } from './operation.ts'

/**
 * Operations that may be on their way at once. Each waits for the one so many places before it: all cores are busy, and memory is
 * taken and freed about in the order of the calls.
 */
const atOnce = 16

/** Version of the graph format (TF_GRAPH_DEF_VERSION): kernels behave as they did then. That of 2022; newer TensorFlows read it as it is. */
const graphVersion = 1087

export const feedName = (feed: number): string => `f${feed}`
export const wantedName = (wanted: number): string => `w${wanted}`
const operationName = (operation: number): string => `o${operation}`

const nameOf = (source: Source): string =>
  isResult(source) ? `${operationName(source.operation)}:${source.output}` : feedName(source.feed)

interface Node {
  readonly name: string
  readonly kernel: string
  readonly inputs: readonly string[]
  readonly attributes: readonly Attribute[]
}

const typed = (name: string, value: number): Attribute => ({ name, type: attributeKind.type, value })

/** Kernels whose type is not the attribute T. */
const otherwiseTyped: ReadonlySet<string> = new Set(['Cast', 'GatherV2', 'GatherNd', 'BatchMatMulV3'])

/** Called one by one, a kernel has its type from its inputs; in a graph it must be said. */
const completed = (graph: Graph, { name, attributes, inputs }: Operation): readonly Attribute[] =>
  otherwiseTyped.has(name) || attributes.some(attribute => attribute.name === 'T')
    ? attributes
    : [...attributes, typed('T', typeOf(graph, inputs[0]!))]

/** Placeholders, operations, and a name for what is wanted. */
const nodesOf = (graph: Graph): readonly Node[] => [
  ...graph.feeds.map((type, i) => ({
    name: feedName(i),
    kernel: 'Placeholder',
    inputs: [],
    attributes: [typed('dtype', type)],
  })),
  ...graph.operations.map((operation, i) => ({
    name: operationName(i),
    kernel: operation.name,
    inputs: [...operation.inputs.map(nameOf), ...(i < atOnce ? [] : [`^${operationName(i - atOnce)}`])],
    attributes: completed(graph, operation),
  })),
  ...graph.wanted.map((source, i) => ({
    name: wantedName(i),
    kernel: 'Identity',
    inputs: [nameOf(source)],
    attributes: [typed('T', typeOf(graph, source))],
  })),
]

type Write = (writer: BinaryWriter) => void

const message =
  (field: number, write: Write): Write =>
  writer => {
    writer.tag(field, 2).fork()
    write(writer)
    writer.join()
  }
const text =
  (field: number, value: string): Write =>
  writer =>
    writer.tag(field, 2).string(value)
const all =
  (...writes: readonly Write[]): Write =>
  writer => {
    for (const write of writes) write(writer)
  }

/** AttrValue (tensorflow/core/framework/attr_value.proto). */
const constant =
  ({ type, value }: Attribute): Write =>
  writer => {
    if (type === attributeKind.int) writer.tag(3, 0).int64(Number(value))
    else if (type === attributeKind.float) writer.tag(4, 5).float(Number(value))
    else if (type === attributeKind.bool) writer.tag(5, 0).bool(value === true)
    else writer.tag(6, 0).int32(Number(value))
  }

/** NodeDef (tensorflow/core/framework/node_def.proto). */
const nodeDef = ({ name, kernel, inputs, attributes }: Node): Write =>
  all(
    text(1, name),
    text(2, kernel),
    ...inputs.map(input => text(3, input)),
    ...attributes.map(attribute => message(5, all(text(1, attribute.name), message(2, constant(attribute))))),
  )

/** The file saved_model.pb of a graph (tensorflow/core/protobuf/saved_model.proto) with the tag `serve`, and no variables. */
export const savedModel = (graph: Graph): Uint8Array => {
  const graphDef = all(
    ...nodesOf(graph).map(node => message(1, nodeDef(node))),
    message(4, writer => writer.tag(1, 0).int32(graphVersion)),
  )
  const metaGraph = all(message(1, text(4, 'serve')), message(2, graphDef))
  const writer = new BinaryWriter()
  all(file => file.tag(1, 0).int64(1), message(2, metaGraph))(writer)
  return writer.finish()
}
