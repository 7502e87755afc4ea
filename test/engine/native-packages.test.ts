import { execFile } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { either as E } from 'fp-ts'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { bestFirst } from '../../src/engine/tfjs/native/packaged.ts'
import { byPackage, tryNative } from '../../src/engine/tfjs/native/trial.ts'

const require = createRequire(import.meta.url)
let room = ''
beforeEach(async () => {
  room = await mkdtemp(join(tmpdir(), 'kinograd-package-'))
})
afterEach(() => rm(room, { recursive: true, force: true }))

/** A `@tensorflow/tfjs-node-gpu` as its install script leaves it, with that code. */
const gpuPackage = async (code: string): Promise<string> => {
  const at = join(room, 'modules/@tensorflow/tfjs-node-gpu')
  await mkdir(join(at, 'lib/napi-v8'), { recursive: true })
  await writeFile(join(at, 'package.json'), JSON.stringify({ name: '@tensorflow/tfjs-node-gpu', main: 'index.js' }))
  await writeFile(join(at, 'lib/napi-v8/tfjs_binding.node'), '')
  await writeFile(join(at, 'index.js'), code)
  return at
}

/** Registers tfjs's plain backend as TensorFlow's. */
const works = (gpu: boolean) => `
const tf = require(${JSON.stringify(require.resolve('@tensorflow/tfjs-core'))})
const { MathBackendCPU } = require(${JSON.stringify(require.resolve('@tensorflow/tfjs-backend-cpu'))})
for (const kernel of tf.getKernelsForBackend('cpu'))
  if (!tf.getKernel(kernel.kernelName, 'tensorflow')) tf.registerKernel({ ...kernel, backendName: 'tensorflow' })
const backend = new MathBackendCPU()
backend.isUsingGpuDevice = ${gpu}
backend.binding = {}
backend.createOutputTensor = () => { throw new Error('there is no library') }
tf.registerBackend('tensorflow', () => backend)
exports.version = { 'tfjs-node': 'fake' }`

/** What a process that sees the package selects; it must not die of it. */
const selected = async (): Promise<{
  name: string
  detail: string
  tried: { name: string; why: string }[]
}> => {
  const dist = (path: string) =>
    JSON.stringify(fileURLToPath(new URL(`../../dist/engine/tfjs/${path}`, import.meta.url)))
  const script = `
const { selectBackend } = await import(${dist('backend/select.js')})
const { right } = await selectBackend()()
console.log(JSON.stringify(right))`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
    env: {
      ...process.env,
      NODE_PATH: join(room, 'modules'),
      KINOGRAD_CACHE: join(room, 'cache'),
    },
    timeout: 120_000,
  })
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '')
}

describe('a package with a native TensorFlow', { timeout: 300_000 }, () => {
  test('that crashes when it is loaded is passed over with its reason, and the process lives', async () => {
    await gpuPackage('process.abort()')
    const { name, tried } = await selected()
    expect(name).toBe('wasm')
    expect(tried[0]).toMatchObject({ name: '@tensorflow/tfjs-node-gpu', why: expect.stringContaining('SIGABRT') })
  })

  test('that computes something else is passed over', async () => {
    await gpuPackage(
      works(true).replace(
        'exports.version',
        "tf.getKernel('BatchMatMul', 'tensorflow').kernelFunc = () => tf.zeros([2, 2]); exports.version",
      ),
    )
    expect(await selected()).toMatchObject({ name: 'wasm' })
  })

  test('that does not end its start is given up after a time limit', async () => {
    const at = await gpuPackage('for (;;);')
    expect(await tryNative(byPackage, at, { timeoutSeconds: 1 })()).toEqual(
      E.left(expect.stringContaining('no end after 1 s')),
    )
  })

  test('that starts is used, and is not tried again before its files change', async () => {
    const at = await gpuPackage(works(true))
    expect(await selected()).toMatchObject({ name: 'native', detail: 'TensorFlow of @tensorflow/tfjs-node-gpu' })
    await writeFile(join(at, 'index.js'), `${works(true)}\nif (process.argv.length > 2) process.abort()`)
    expect(await selected()).toMatchObject({ name: 'native' })
    await mkdir(join(at, 'dist'))
    expect(await selected()).toMatchObject({ name: 'native' })
    await writeFile(join(at, 'dist/new.js'), '')
    expect(await selected()).toMatchObject({ name: 'wasm' })
  })

  test('that fails is not tried again and again', async () => {
    const at = await gpuPackage('process.abort()')
    await selected()
    await writeFile(join(at, 'index.js'), works(true))
    const { tried } = await selected()
    expect(tried[0]?.why).toMatch(/tried once a boot; remove .*package-.*json to have it tried again/)
  })

  test('is not remembered in a folder that others may write to', async () => {
    await gpuPackage('process.abort()')
    await mkdir(join(room, 'cache'))
    await chmod(join(room, 'cache'), 0o777)
    expect(await selected()).toMatchObject({ name: 'wasm' })
    await gpuPackage(works(true))
    expect(await selected()).toMatchObject({ name: 'native' })
  })
})

test('the better one comes first: a graphics card, then what is clearly quicker, else what was given first', () => {
  const one = (name: string, gpu: boolean, milliseconds: number) => ({
    name,
    trial: { version: '', gpu, milliseconds },
  })
  const names = (...found: ReturnType<typeof one>[]) => bestFirst(found).map(({ name }) => name)
  expect(names(one('compiled', false, 5), one('gpu', true, 50))).toEqual(['gpu', 'compiled'])
  expect(names(one('compiled', false, 5), one('package', false, 4.5))).toEqual(['compiled', 'package'])
  expect(names(one('compiled', false, 5), one('package', false, 3))).toEqual(['package', 'compiled'])
  expect(names(one('compiled', false, 5), one('package', false, 30))).toEqual(['compiled', 'package'])
})
