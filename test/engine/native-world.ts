import { execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmod, mkdir, readdir, readFile, readlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const require = createRequire(import.meta.url)
const built = (path: string) => fileURLToPath(new URL(`../../dist/engine/tfjs/${path}`, import.meta.url))

/** Files by path, with what is in them. */
type Files = Readonly<Record<string, string>>

const put = async (folder: string, files: Files): Promise<void> => {
  for (const [path, text] of Object.entries(files)) {
    const at = join(folder, path)
    await mkdir(join(at, '..'), { recursive: true })
    await writeFile(at, text)
  }
}

/** Programs of that text in a folder that is put first on the PATH; gives the PATH. */
export const programs = async (bin: string, texts: Files): Promise<string> => {
  await mkdir(bin, { recursive: true })
  for (const [name, text] of Object.entries(texts)) {
    await writeFile(join(bin, name), `#!/bin/sh\n${text}\n`)
    await chmod(join(bin, name), 0o755)
  }
  return bin + delimiter + process.env.PATH
}

/** JavaScript of a tfjs-node that computes with tfjs's plain backend under the name of TensorFlow. */
export const fakeBackend = (cpu: string): Files => ({
  'package/binding/tfjs_backend.cc': '',
  'package/dist/register_all_kernels.js': `
const tf = require('@tensorflow/tfjs')
require(${JSON.stringify(cpu)})
for (const kernel of tf.getKernelsForBackend('cpu'))
  if (!tf.getKernel(kernel.kernelName, 'tensorflow')) tf.registerKernel({ ...kernel, backendName: 'tensorflow' })`,
  'package/dist/nodejs_kernel_backend.js': `
const { MathBackendCPU } = require(${JSON.stringify(cpu)})
exports.NodeJSKernelBackend = class extends MathBackendCPU {
  isUsingGpuDevice = true
  createOutputTensor() { throw new Error('there is no library') }
}`,
})

/** Makes an archive of files; gives its SHA-256. */
const archive = async (room: string, name: string, files: Files): Promise<string> => {
  const from = join(room, 'contents', name)
  await put(from, files)
  const to = join(room, 'archives', name)
  await mkdir(join(room, 'archives'), { recursive: true })
  execFileSync('tar', ['-czf', to, '-C', from, '.'])
  return createHash('sha256')
    .update(await readFile(to))
    .digest('hex')
}

/** A world in which an installation takes a second: registries, compilers and a TensorFlow that are a few lines of shell each. */
export interface NativeWorld {
  readonly cache: string
  /** Environment of a process in it. */
  readonly env: Record<string, string>
  /** Starts an installation, or a selection of the native backend, in a process of its own. */
  readonly start: (what: 'install' | 'select') => ReturnType<typeof spawn>
}

const said = 'console.log(JSON.stringify(outcome))'

export const nativeWorld = async (room: string, pause: number): Promise<NativeWorld> => {
  const cache = join(room, 'cache')
  const cpu = require.resolve('@tensorflow/tfjs-backend-cpu')
  const sums = {
    node: await archive(room, 'node.tgz', fakeBackend(cpu)),
    buf: await archive(room, 'buf.tgz', { 'package/index.js': '' }),
    head: await archive(room, 'head.tgz', { 'package/include/node_api.h': '' }),
    wheel: await archive(room, 'tf.whl', {
      'tensorflow/include/tf.h': '',
      'tensorflow/libtensorflow_cc.so.2': 'c'.repeat(3_000_000),
      'tensorflow/libtensorflow_framework.so.2': 'f'.repeat(1_000_000),
    }),
  }
  const archives = join(room, 'archives')
  // A child that is left running in the background, as a program that forgets its own would.
  const wait = `sleep 300 & sleep ${pause}`
  const PATH = await programs(join(room, 'bin'), {
    npm: `[ "$1" = pack ] || exit 0; ${wait}; cp ${archives}/*.tgz .`,
    python3: `[ "$1" = -c ] && { ${wait}; mkdir -p "$5"; exec tar -xzf "$4" --strip-components=2 -C "$5"; }
[ "$3" = download ] || exit 0; ${wait}; while [ "$1" != -d ]; do shift; done; cp ${archives}/tf.whl "$2"`,
    'g++': `while [ $# -gt 0 ]; do [ "$1" = -o ] && o="$2"; shift; done; [ -n "$o" ] || exit 0; ${wait}; mkdir "$o"
echo 'module.exports = { TF_Version: "2.0.0-fake", mute() {}, unmute() {} }' > "$o/index.js"`,
  })
  const to = 'node_modules/@tensorflow/tfjs-node'
  const npm = [
    { package: 'tfjs-node', file: 'node.tgz', sha256: sums.node, to },
    { package: 'buf', file: 'buf.tgz', sha256: sums.buf, to: 'node_modules/google-protobuf' },
    { package: 'head', file: 'head.tgz', sha256: sums.head, to: 'headers' },
  ]
  const wheel = { package: 'tf', tag: 'any', sha256: sums.wheel, megabytes: 1, unpacked: 10, what: 'fake' }
  await writeFile(
    join(room, 'install.mjs'),
    `import { installFrom } from ${JSON.stringify(built('native/install.js'))}
const pins = ${JSON.stringify({ tfjs: '4', tensorflow: '2', npm })}
const outcome = await installFrom({ pins, wheelFor: () => (${JSON.stringify(wheel)}) })({ log: line => console.log(line) })()
${said}`,
  )
  await writeFile(
    join(room, 'select.mjs'),
    `import { selectBackend } from ${JSON.stringify(built('backend/select.js'))}
const outcome = await selectBackend({ backend: 'native' })()
${said}`,
  )
  const env = { PATH, HOME: room, KINOGRAD_CACHE: cache }
  const start: NativeWorld['start'] = what =>
    spawn(process.execPath, [join(room, `${what}.mjs`)], { env, timeout: 120_000, killSignal: 'SIGKILL' })
  return { cache, env, start }
}

/** All that a process says on its standard output, and the value that its last line holds. */
export const outcomeOf = (
  child: ReturnType<typeof spawn>,
): Promise<{ readonly out: string; readonly value: unknown }> =>
  new Promise((resolve, reject) => {
    let out = ''
    let err = ''
    child.stdout?.on('data', (data: Buffer) => {
      out += data
    })
    child.stderr?.on('data', (data: Buffer) => {
      err += data
    })
    child.on('error', reject)
    child.on('close', code => {
      const last = out.trim().split('\n').at(-1) ?? ''
      if (code === 0) resolve({ out, value: JSON.parse(last) })
      else reject(new Error(`exit ${code}: ${err.slice(0, 2_000)}`))
    })
  })

/** What the processes run that stand in a folder or were called with a path in it. */
export const runningIn = async (room: string): Promise<readonly string[]> => {
  const found: string[] = []
  for (const pid of (await readdir('/proc')).filter(name => /^\d+$/.test(name) && Number(name) !== process.pid)) {
    const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => '')
    const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    if (cwd.startsWith(room) || line.includes(room)) found.push(`${pid} ${line.replaceAll('\0', ' ')}`)
  }
  return found
}

/** The same when they had a second to end. */
export const leftRunning = async (room: string): Promise<readonly string[]> => {
  const until = performance.now() + 1_000
  let found = await runningIn(room)
  while (found.length > 0 && performance.now() < until) {
    await new Promise(resolve => setTimeout(resolve, 10))
    found = await runningIn(room)
  }
  return found
}
