import { randomUUID } from 'node:crypto'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { taskEither as TE } from 'fp-ts'
import { fault, isFull } from '../../../../flow/index.ts'
import type { EngineFault } from '../../../engine.ts'
import { dtypeBytes, encode } from './dtype.ts'
import type { StoredTensor, TensorInParts } from './file.ts'

const valuesPerWrite = 1 << 22

const countOf = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1)

const headerOf = (
  tensors: readonly (readonly [string, StoredTensor | TensorInParts])[],
  metadata: Readonly<Record<string, string>>,
): Buffer => {
  let at = 0
  const entries = tensors.map(([name, { dtype, shape }]) => {
    const begin = at
    at += countOf(shape) * dtypeBytes[dtype]
    return [name, { dtype, shape, data_offsets: [begin, at] }] as const
  })
  const json = Buffer.from(JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(entries) }))
  const header = Buffer.alloc(8 + 8 * Math.ceil(json.length / 8), ' ')
  header.writeBigUInt64LE(BigInt(header.length - 8))
  json.copy(header, 8)
  return header
}

/** A tensor's bytes as the file has them, at most so many values at once. */
const bytesIn = function* (tensor: StoredTensor | TensorInParts): Iterable<Uint8Array> {
  if ('parts' in tensor) return yield* tensor.parts()
  const { dtype, data } = tensor
  for (let at = 0; at < data.length; at += valuesPerWrite)
    yield encode(dtype, data, at, Math.min(data.length, at + valuesPerWrite))
}

/**
 * Writes a safetensors file: widest types first, then by name, as the format's own writer does, so that equal tensors give equal
 * bytes. The file appears whole or not at all (written beside, synced, renamed). F16 and BF16 are rounded half to even.
 * `Left('BadCheckpoint')` when a shape does not fit its data, or the disk refuses.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { mkdtemp, rm } from 'node:fs/promises'
 * import { tmpdir } from 'node:os'
 * import { join } from 'node:path'
 * import { either as E } from 'fp-ts'
 * import { readSafetensors, writeSafetensors } from 'kinograd/engine/tfjs'
 *
 * const folder = await mkdtemp(join(tmpdir(), 'tensors-'))
 * const path = join(folder, 'numbers.safetensors')
 * const tensor = { shape: [2, 2], dtype: 'BF16', data: Float32Array.of(1, 2, 3, 4) } as const
 * await writeSafetensors(path, new Map([['x', tensor]]), { step: '7' })()
 * const read = await readSafetensors(path, { wants: name => name === 'x' })()
 * assert(E.isRight(read))
 * assert.deepEqual(read.right.tensors.get('x'), tensor)
 * assert.equal(read.right.metadata.step, '7')
 * await rm(folder, { recursive: true })
 * ```
 */
export const writeSafetensors = (
  path: string,
  tensors: ReadonlyMap<string, StoredTensor | TensorInParts>,
  metadata: Readonly<Record<string, string>> = {},
): TE.TaskEither<EngineFault, void> => {
  const sorted = [...tensors].sort(
    ([a, x], [b, y]) => dtypeBytes[y.dtype] - dtypeBytes[x.dtype] || (a < b ? -1 : a > b ? 1 : 0),
  )
  for (const [name, tensor] of sorted) {
    if ('parts' in tensor) continue
    const { shape, data } = tensor
    const count = countOf(shape)
    if (count !== data.length)
      return TE.left(
        fault(
          'BadCheckpoint',
          `${name} has shape [${shape}] for ${count} values, its data hold ${data.length}`,
          'Give shape and data of one tensor.',
        ),
      )
  }
  return TE.tryCatch(
    async () => {
      await mkdir(dirname(path), { recursive: true })
      const beside = `${path}.${randomUUID()}.part`
      try {
        const file = await open(beside, 'wx')
        try {
          await file.writeFile(headerOf(sorted, metadata))
          for (const [, tensor] of sorted) for (const bytes of bytesIn(tensor)) await file.writeFile(bytes)
          await file.sync()
        } finally {
          await file.close()
        }
        await rename(beside, path)
      } catch (error) {
        await rm(beside, { force: true })
        throw error
      }
    },
    error =>
      fault(
        isFull(error) ? 'NoSpace' : 'BadCheckpoint',
        `${path}: ${error instanceof Error ? error.message : error}`,
        'See that the folder is writable and the disk has room.',
      ),
  )
}
