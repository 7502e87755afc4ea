import { either as E } from 'fp-ts'
import { messageOf } from '../../../flow/index.ts'
import { entry, int32s, numbersOf, read } from './proto-fields.ts'
import type { SamplesResult, TrainingResult } from './results.ts'

const [float32, int64] = [1, 2]

/** Numbers of single precision; what is not known is NaN there, and null here as in JSON. */
const floats = (bytes: Uint8Array): readonly (number | null)[] =>
  numbersOf(bytes, float32).map(value => (Number.isNaN(value) ? null : value))

type Sequence = SamplesResult['sequences'][number]

const sequence = (bytes: Uint8Array): Sequence =>
  read<Sequence>(
    bytes,
    { tokens: [], stop_reason: 'stop' },
    {
      1: (r, m) => ({ ...m, stop_reason: r.int32() === 1 ? 'length' : 'stop' }),
      2: (r, m) => ({ ...m, tokens: [...int32s(r.bytes())] }),
      3: (r, m) => ({ ...m, logprobs: [...floats(r.bytes())] }),
    },
  )

/** A `SampleResponse` of the public protocol as JSON has it. Left says what cannot be read. */
export const samplesFromProto = (bytes: Uint8Array): E.Either<string, unknown> =>
  E.tryCatch(
    (): SamplesResult =>
      read<SamplesResult>(
        bytes,
        { sequences: [], prompt_logprobs: null },
        {
          1: (r, m) => ({ ...m, sequences: [...m.sequences, sequence(r.bytes())] }),
          2: (r, m) => ({ ...m, prompt_logprobs: [...floats(r.bytes())] }),
        },
      ),
    error => `is no SampleResponse: ${messageOf(error)}`,
  )

interface Batched {
  readonly data: Uint8Array
  readonly offsets: readonly number[]
  readonly kind: number
}

/** The rows of a batched tensor: its bytes, cut at its offsets. */
const rowsOf = ({ data, offsets, kind }: Batched): readonly (readonly number[])[] =>
  offsets.slice(1).map((end, row) => numbersOf(data.subarray(offsets[row]!, end), kind))

const batched = (bytes: Uint8Array): Batched =>
  read<Batched>(
    bytes,
    { data: new Uint8Array(), offsets: [], kind: float32 },
    {
      1: (r, m) => ({ ...m, data: r.bytes() }),
      2: (r, m) => ({ ...m, offsets: numbersOf(r.bytes(), int64) }),
      3: (r, m) => ({ ...m, kind: r.int32() }),
    },
  )

/** Log-probabilities of the sequences of one record. */
const record = (bytes: Uint8Array): readonly (readonly number[])[] => {
  const tensors = read<Readonly<Record<string, Batched>>>(
    bytes,
    {},
    {
      2: (r, m) => {
        const [name, tensor] = entry<Batched | undefined>(r.bytes(), undefined, inner => batched(inner.bytes()))
        return tensor === undefined ? m : { ...m, [name]: tensor }
      },
    },
  )
  if (tensors.logprobs === undefined) throw new Error('a record has no logprobs')
  return rowsOf(tensors.logprobs)
}

/** A `ForwardBackwardOutput` of the public protocol as JSON has it: log-probabilities and metrics. Left says what cannot be read. */
export const trainingFromProto = (bytes: Uint8Array): E.Either<string, unknown> =>
  E.tryCatch(
    (): TrainingResult => {
      const { rows, metrics } = read<{
        readonly rows: readonly (readonly number[])[]
        readonly metrics: Readonly<Record<string, number>>
      }>(
        bytes,
        { rows: [], metrics: {} },
        {
          2: (r, m) => ({ ...m, rows: [...m.rows, ...record(r.bytes())] }),
          3: (r, m) => {
            const [name, value] = entry(r.bytes(), 0, inner => inner.double())
            return { ...m, metrics: { ...m.metrics, [name]: value } }
          },
        },
      )
      return { loss_fn_outputs: rows.map(data => ({ logprobs: { data: [...data] } })), metrics }
    },
    error => `is no ForwardBackwardOutput: ${messageOf(error)}`,
  )
