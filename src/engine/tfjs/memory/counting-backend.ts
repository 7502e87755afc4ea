import * as tf from '@tensorflow/tfjs-core'
import { recordWith } from '../native/graph/in-graphs.ts'
import { shapeRules } from '../tensors/shape-rules.ts'
import { type Call, graphPeak, type Held } from './graph-memory.ts'

/** What the tensors of a run take, bytes. */
export interface Count {
  /** Of those alive now. */
  readonly now: () => number
  /** The most since this was last asked. */
  readonly peak: () => number
  /** A tensor of that shape whose numbers nobody has. */
  readonly tensor: (shape: readonly number[]) => tf.Tensor
}

const name = 'kinograd-counting'

const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1)

/** tfjs's contract for a backend, of tensors that are shapes alone: whatever is read is 0. */
class CountingBackend extends tf.KernelBackend {
  readonly #held = new Map<object, Held>()
  #now = 0
  #peak = 0
  /** Calls that wait to be run as a graph, and what was freed of what they read. */
  #waiting: Call[] | undefined
  #freed: Held[] = []
  /** What they give and read. */
  readonly #made = new Set<Held>()
  readonly #read = new Set<Held>()

  /** Room for numbers. Those of a call that waits are not there yet. */
  allocate(shape: readonly number[], dtype: tf.DataType, later = false): tf.DataId {
    const size = sizeOf(shape)
    const id = {}
    const bytes = size * tf.util.bytesPerElement(dtype)
    this.#held.set(id, { bytes, size, references: 1 })
    if (!later) this.#grow(bytes)
    return id
  }
  #grow(bytes: number): void {
    this.#now += bytes
    this.#peak = Math.max(this.#peak, this.#now)
  }
  get waits(): boolean {
    return this.#waiting !== undefined
  }
  /** A call that waits, or that has run. */
  called(inputs: readonly tf.TensorInfo[], outputs: readonly tf.TensorInfo[], inPlace: boolean): void {
    const heldBy = (tensors: readonly tf.TensorInfo[]) => tensors.map(({ dataId }) => this.#of(dataId))
    if (this.#waiting === undefined) return
    const call = { inputs: heldBy(inputs), outputs: heldBy(outputs), inPlace }
    this.#waiting.push(call)
    for (const held of call.inputs) this.#read.add(held)
    for (const held of call.outputs) this.#made.add(held)
  }
  /** Runs what waits. */
  #run(): void {
    const calls = this.#waiting ?? []
    this.#peak = Math.max(this.#peak, this.#now + graphPeak(calls))
    for (const { outputs } of calls) for (const { bytes, references } of outputs) if (references > 0) this.#now += bytes
    for (const { bytes } of this.#freed) this.#now -= bytes
    this.#freed = []
    this.#made.clear()
    this.#read.clear()
    if (this.#waiting !== undefined) this.#waiting = []
  }
  /** Work whose calls wait until numbers are read, and to its end. */
  inGraph<A>(work: () => A): A {
    if (this.#waiting !== undefined) return work()
    this.#waiting = []
    try {
      return work()
    } finally {
      this.#run()
      this.#waiting = undefined
    }
  }
  override write(_: tf.backend_util.BackendValues, shape: number[], dtype: tf.DataType): tf.DataId {
    return this.allocate(shape, dtype)
  }
  #of(id: object): Held {
    const held = this.#held.get(id)
    if (held === undefined) throw new Error('a tensor of another backend')
    return held
  }
  override incRef(id: object): void {
    this.#of(id).references++
  }
  override refCount(id: object): number {
    return this.#held.get(id)?.references ?? 0
  }
  override disposeData(id: object, force = false): boolean {
    const held = this.#held.get(id)
    if (held === undefined) return true
    held.references--
    if (held.references > 0 && !force) return false
    held.references = 0
    this.#held.delete(id)
    if (this.#made.has(held)) return true
    if (this.#read.has(held)) this.#freed.push(held)
    else this.#now -= held.bytes
    return true
  }
  override readSync(id: object): Float32Array {
    this.#run()
    return new Float32Array(this.#of(id).size)
  }
  override numDataIds(): number {
    return this.#held.size
  }
  override floatPrecision(): 32 {
    return 32
  }
  override epsilon(): number {
    return 1e-7
  }
  override timerAvailable(): boolean {
    return false
  }
  override dispose(): void {
    this.#held.clear()
  }
  now(): number {
    return this.#now
  }
  /** The peak, which starts again at what is alive. */
  peak(): number {
    const peak = this.#peak
    this.#peak = this.#now
    return peak
  }
}

/** Kernels of TensorFlow that write over an input where they may. */
const inPlace: ReadonlySet<string> = new Set([
  ...[tf.Exp, tf.Log, tf.Sqrt, tf.Rsqrt, tf.Square, tf.Sigmoid, tf.Erf, tf.Neg, tf.Abs, tf.Softmax],
  ...[tf.Add, tf.Sub, tf.Multiply, tf.RealDiv, tf.Maximum, tf.Minimum],
])

const registerKernels = (backend: CountingBackend): void => {
  for (const [kernelName, rule] of shapeRules)
    tf.registerKernel({
      kernelName,
      backendName: name,
      kernelFunc: ({ inputs, attrs }) => {
        const given = Object.values(inputs) as tf.TensorInfo[]
        const {
          shapes,
          shares = false,
          dtype = (given[0] as tf.TensorInfo | undefined)?.dtype ?? 'float32',
        } = rule(given, attrs ?? {})
        const outputs = shapes.map((shape): tf.TensorInfo => {
          if (!shares) return { dataId: backend.allocate(shape, dtype, backend.waits), shape: [...shape], dtype }
          const { dataId } = given[0]!
          backend.incRef(dataId)
          return { dataId, shape: [...shape], dtype }
        })
        if (!shares) backend.called(given, outputs, inPlace.has(kernelName))
        return kernelName === tf.SplitV ? outputs : outputs[0]!
      },
    })
}

/**
 * Runs work on a backend whose tensors have shapes but no numbers, and counts what they would take: the very code that computes is
 * measured, in milliseconds and next to no memory. With `graphs` what `inGraphs` runs is counted as TensorFlow runs it. The work must be synchronous: until it ends, this backend is tfjs's.
 * A kernel without a rule of its shape is a defect, and thrown.
 */
export const counted = <A>(work: (count: Count) => A, { graphs = false } = {}): A => {
  const before = tf.getBackend() as string | null | undefined
  const backend = new CountingBackend()
  tf.registerBackend(name, () => backend, 0)
  registerKernels(backend)
  if (graphs) recordWith(backend, part => backend.inGraph(part))
  // A backend that is made at once is tfjs's before the promise is returned.
  void tf.setBackend(name)
  try {
    return work({
      now: () => backend.now(),
      peak: () => backend.peak(),
      tensor: shape =>
        tf.engine().makeTensorFromTensorInfo({
          dataId: backend.allocate(shape, 'float32'),
          shape: [...shape],
          dtype: 'float32',
        }),
    })
  } finally {
    if (before) void tf.setBackend(before)
    tf.removeBackend(name)
    for (const kernelName of shapeRules.keys()) tf.unregisterKernel(kernelName, name)
  }
}
