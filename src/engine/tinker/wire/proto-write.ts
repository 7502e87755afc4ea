import { BinaryWriter } from '@bufbuild/protobuf/wire'
import type { SamplesResult, TrainingResult } from './results.ts'

/** A log-probability that is not known is NaN there. */
const floats = (values: readonly (number | null)[]): Uint8Array => {
  const bytes = new DataView(new ArrayBuffer(4 * values.length))
  for (const [i, value] of values.entries()) bytes.setFloat32(4 * i, value ?? Number.NaN, true)
  return new Uint8Array(bytes.buffer)
}

const int32s = (values: readonly number[]): Uint8Array => {
  const bytes = new DataView(new ArrayBuffer(4 * values.length))
  for (const [i, value] of values.entries()) bytes.setInt32(4 * i, value, true)
  return new Uint8Array(bytes.buffer)
}

const int64s = (values: readonly number[]): Uint8Array => {
  const bytes = new DataView(new ArrayBuffer(8 * values.length))
  for (const [i, value] of values.entries()) bytes.setBigInt64(8 * i, BigInt(value), true)
  return new Uint8Array(bytes.buffer)
}

const stopReasons = { stop: 0, length: 1 } as const

/** A `SampleResponse` of the public protocol. */
export const samplesToProto = ({ sequences, prompt_logprobs: prompt }: SamplesResult): Uint8Array => {
  const writer = new BinaryWriter()
  for (const { tokens, logprobs, stop_reason: reason } of sequences) {
    writer.tag(1, 2).fork()
    writer.tag(1, 0).int32(stopReasons[reason === 'stop' ? 'stop' : 'length'])
    writer.tag(2, 2).bytes(int32s(tokens))
    if (logprobs !== null && logprobs !== undefined) writer.tag(3, 2).bytes(floats(logprobs))
    writer.join()
  }
  if (prompt !== null && prompt !== undefined) writer.tag(2, 2).bytes(floats(prompt))
  return writer.finish()
}

const float32 = 1

/** A `ForwardBackwardOutput` of the public protocol: log-probabilities of all sequences in one batched tensor. */
export const trainingToProto = ({ loss_fn_outputs: outputs, metrics }: TrainingResult): Uint8Array => {
  const rows = outputs.map(({ logprobs }) => logprobs.data)
  const offsets = [0]
  for (const row of rows) offsets.push(offsets.at(-1)! + 4 * row.length)
  const writer = new BinaryWriter()
  writer.tag(1, 2).string('ArrayRecord')
  writer.tag(2, 2).fork()
  writer.tag(1, 2).string('ArrayRecord')
  writer.tag(2, 2).fork()
  writer.tag(1, 2).string('logprobs')
  writer.tag(2, 2).fork()
  writer.tag(1, 2).bytes(floats(rows.flat()))
  writer.tag(2, 2).bytes(int64s(offsets))
  writer.tag(3, 0).int32(float32)
  writer.join().join()
  writer.tag(3, 0).int64(rows.length)
  writer.join()
  for (const [name, value] of Object.entries(metrics ?? {}))
    if (typeof value === 'number') {
      writer.tag(3, 2).fork()
      writer.tag(1, 2).string(name)
      writer.tag(2, 1).double(value)
      writer.join()
    }
  return writer.finish()
}
