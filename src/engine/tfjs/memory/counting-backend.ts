import * as tf from '@tensorflow/tfjs-core'
import { shapeRules } from '../tensors/shape-rules.ts'

/** What the tensors of a run take, bytes. */
export interface Count {
  /** Of those alive now. */
  readonly now: () => number
  /** The most since this was last asked. */
  readonly peak: () => number
  /** A tensor of that shape whose numbers nobody has. */
  readonly tensor: (shape: readonly number[]) => tf.Tensor
}

interface Held {
  readonly bytes: number
  readonly size: number
  references: number
}

const name = 'kinograd-counting'

const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1)

/** tfjs's contract for a backend, of tensors that are shapes alone: whatever is read is 0. */
class CountingBackend extends tf.KernelBackend {
  readonly #held = new Map<object, Held>()
  #now = 0
  #peak = 0

  allocate(shape: readonly number[], dtype: tf.DataType): tf.DataId {
    const size = sizeOf(shape)
    const id = {}
    const bytes = size * tf.util.bytesPerElement(dtype)
    this.#held.set(id, { bytes, size, references: 1 })
    this.#now += bytes
    this.#peak = Math.max(this.#peak, this.#now)
    return id
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
    this.#held.delete(id)
    this.#now -= held.bytes
    return true
  }
  override readSync(id: object): Float32Array {
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
          if (!shares) return { dataId: backend.allocate(shape, dtype), shape: [...shape], dtype }
          const { dataId } = given[0]!
          backend.incRef(dataId)
          return { dataId, shape: [...shape], dtype }
        })
        return kernelName === tf.SplitV ? outputs : outputs[0]!
      },
    })
}

/**
 * Runs work on a backend whose tensors have shapes but no numbers, and counts what they would take: the very code that computes is
 * measured, in milliseconds and next to no memory. The work must be synchronous: until it ends, this backend is tfjs's.
 * A kernel without a rule of its shape is a defect, and thrown.
 */
export const counted = <A>(work: (count: Count) => A): A => {
  const before = tf.getBackend() as string | null | undefined
  const backend = new CountingBackend()
  tf.registerBackend(name, () => backend, 0)
  registerKernels(backend)
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
