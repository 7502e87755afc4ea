import { eventFileHeader, scalarEvent } from 'kinograd/run'
import { expect, it } from 'vitest'

// Written by TensorBoard 2.21.0's own RecordWriter from the same four events.
const golden =
  'GAAAAAAAAACjf0siCQAAAAAAAPg/Gg1icmFpbi5FdmVudDoyKihkbB8AAAAAAAAAUUtEGAkAAAAAAAAEQBABKhIKEAoJcmwvcmV3YXJkFQAAgD7R7aJHHAAAAAAAAADIwZUdCQAACED8VNlBEKwCKg4KDAoFw6kvw7wVbxKDuv6o/UMeAAAAAAAAANncEjIJAAAAAAAACEAQgICAgIAgKgwKCgoDYmlnFeaxYX+h7x8w'

it('writes the bytes that TensorBoard writes', () => {
  const ours = Buffer.concat([
    eventFileHeader(1.5),
    scalarEvent({ tag: 'rl/reward', step: 1, wallTime: 2.5, value: 0.25 }),
    scalarEvent({ tag: 'é/ü', step: 300, wallTime: 1700000000.125, value: -1e-3 }),
    scalarEvent({ tag: 'big', step: 2 ** 40, wallTime: 3, value: 3e38 }),
  ])
  expect(ours.toString('base64')).toBe(golden)
})
