import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { either as E, type taskEither as TE } from 'fp-ts'
import { inFolder, type Sources } from './fetch.ts'
import { quietSource } from './quiet.ts'

/** Compiles the binding in a folder that `fetchParts` filled, moves the libraries beside it, and drops what only compiling needed. */
export const compileBinding =
  (directory: string, { tools, env, signal }: Sources): TE.TaskEither<string, void> =>
  async () => {
    const run = inFolder(directory, env, 300, signal)
    const at = join(directory, 'node_modules/@tensorflow/tfjs-node')
    const lib = join(at, 'deps/lib')
    const tensorflow = join(directory, 'tensorflow')
    await mkdir(lib, { recursive: true })
    await mkdir(join(at, 'lib/napi-v8'), { recursive: true })
    for (const name of ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'])
      await rename(join(tensorflow, name), join(lib, name))
    // TensorFlow's C API, which the binding links against, is exported by the wheel's C++ library.
    await symlink('libtensorflow_cc.so.2', join(lib, 'libtensorflow.so'))
    // The libraries look for NVIDIA's wheels in ../nvidia, which in Python is beside TensorFlow's own folder.
    if (tools.cuda.kind === 'ready' && tools.cuda.wheels !== undefined)
      await symlink(tools.cuda.wheels, join(at, 'deps/nvidia'))
    const compile = (sources: readonly string[], libraries: readonly string[], output: string) =>
      run(
        'compiler',
        tools.compiler,
        [
          ...['-O2', '-shared', '-fPIC', '-std=c++17', '-DNAPI_VERSION=8', '-DBUILDING_NODE_EXTENSION'],
          ...['-I', join(directory, 'headers/include'), '-I', join(tensorflow, 'include')],
          ...[...sources, ...libraries, '-o', output],
        ],
        at,
      )
    const compiled = await compile(
      ['binding/tfjs_backend.cc', 'binding/tfjs_binding.cc'],
      ['-Ldeps/lib', '-ltensorflow', '-l:libtensorflow_framework.so.2', '-Wl,-rpath,$ORIGIN/../../deps/lib'],
      'lib/napi-v8/tfjs_binding.node',
    )
    if (E.isLeft(compiled)) return compiled
    const source = join(directory, 'quiet.cc')
    await writeFile(source, quietSource)
    const quiet = await compile([source], [], join(directory, 'quiet.node'))
    if (E.isLeft(quiet)) return quiet
    for (const name of ['tensorflow', 'headers', 'tmp']) await rm(join(directory, name), { recursive: true })
    return E.right(undefined)
  }
