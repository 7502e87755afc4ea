import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { either as E } from 'fp-ts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Ask, cudaRemark, findCuda } from '../../src/engine/tfjs/native/cuda.ts'
import { wheelFor } from '../../src/engine/tfjs/native/pins.ts'

let wheels: string
beforeEach(() => {
  wheels = mkdtempSync(join(tmpdir(), 'kinograd-wheels-'))
})
afterEach(() => rmSync(wheels, { recursive: true }))

const put = (wheel: string, library: string): void => {
  mkdirSync(join(wheels, wheel, 'lib'), { recursive: true })
  writeFileSync(join(wheels, wheel, 'lib', library), '')
}

const card = 'GPU 0: NVIDIA H100 (UUID: GPU-1)'

/** A machine by what its programs say; one that is not named is not there. */
const machine =
  (says: Readonly<Record<string, string>>): Ask =>
  async (_, program) =>
    says[program] === undefined ? E.left(`${program}: not found`) : E.right(says[program])

const system = 'libcudart.so.12 (libc6,x86-64) => /usr/lib/…\nlibcudnn.so.9 => …\nlibcublas.so.12 => …\n'

test('no card: nothing of CUDA counts, and nothing is said', async () => {
  const found = await findCuda(machine({ ldconfig: system }), 'python')
  expect(found).toEqual({ kind: 'no card' })
  expect(cudaRemark(found, '2.21.0')).toBeUndefined()
})

test("a card, and the system's libraries", async () => {
  const found = await findCuda(machine({ 'nvidia-smi': `${card}\n`, ldconfig: system }), 'python')
  expect(found).toEqual({ kind: 'ready', card })
})

test("a card, and libraries of NVIDIA's wheels alone, which ldconfig does not know", async () => {
  put('cuda_runtime', 'libcudart.so.12')
  put('cudnn', 'libcudnn.so.9')
  put('cublas', 'libcublas.so.12')
  for (const known of [{}, { ldconfig: 'libc.so.6 => …' }, { ldconfig: 'libcudart.so.12 => …' }]) {
    const found = await findCuda(machine({ 'nvidia-smi': card, python: `a warning\n${wheels}\n`, ...known }), 'python')
    expect(found).toEqual({ kind: 'ready', card, wheels })
  }
})

test('a card without the libraries: the processor computes, and what is lacking is said with the remedy', async () => {
  put('cuda_runtime', 'libcudart.so.12')
  const found = await findCuda(machine({ 'nvidia-smi': card, python: wheels }), 'python')
  expect(found).toEqual({ kind: 'no libraries', card, lacking: ['libcudnn.so.9', 'libcublas.so.12'] })
  expect(cudaRemark(found, '2.21.0')).toBe(
    `Native backend: ${card} is here, and libcudnn.so.9, libcublas.so.12 are not: computing on the processor. ` +
      "`pip install 'tensorflow[and-cuda]==2.21.0'` (about 3.4 GB) in the Python that KINOGRAD_PYTHON names brings them; " +
      'then remove the build and run `npm run native`.',
  )
  const none = await findCuda(machine({ 'nvidia-smi': card, ldconfig: 'libcudart.so.12 libcublas.so.12' }), 'python')
  expect(none).toEqual({ kind: 'no libraries', card, lacking: ['libcudnn.so.9'] })
  expect(cudaRemark(none, '2.21.0')).toContain('libcudnn.so.9 is not')
})

test('the wheel with CUDA is there for one platform; elsewhere the plain one is taken', () => {
  expect(wheelFor('linux', 'x64', true)).toMatchObject({ package: 'tensorflow', what: 'CUDA' })
  expect(wheelFor('linux', 'x64', false)).toMatchObject({ package: 'tensorflow-cpu', what: 'CPU' })
  expect(wheelFor('linux', 'arm64', true)).toMatchObject({ what: 'CPU' })
  expect(wheelFor('darwin', 'arm64', true)).toBeUndefined()
})
