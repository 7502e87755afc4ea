import { either as E, type taskEither as TE } from 'fp-ts'
import { runChild } from './child.ts'
import { type Ask, type Cuda, findCuda } from './cuda.ts'
import { childEnvironment } from './environment.ts'

/** Programs that the build calls, each with its leading arguments. */
export interface Tools {
  readonly npm: readonly [string, ...string[]]
  readonly python: string
  readonly compiler: string
  readonly cuda: Cuda
}

const asking =
  (env: NodeJS.ProcessEnv, signal?: AbortSignal): Ask =>
  (kind, program, args) =>
    runChild(program, args, { timeoutSeconds: 30, signal, env: childEnvironment(kind, env) })()

const first = async <A>(
  candidates: readonly A[],
  works: (candidate: A) => Promise<boolean>,
): Promise<A | undefined> => {
  for (const candidate of candidates) if (await works(candidate)) return candidate
  return undefined
}

/**
 * Finds what the build needs: `CXX`, g++, c++ or clang++; `KINOGRAD_PYTHON`, python3 or python with pip; npm. `Left` says what is
 * missing.
 */
export const findTools =
  (env: NodeJS.ProcessEnv, signal?: AbortSignal): TE.TaskEither<string, Tools> =>
  async () => {
    const ask = asking(env, signal)
    const answers = async (...question: Parameters<Ask>) => E.isRight(await ask(...question))
    const compiler = await first([...(env.CXX ? [env.CXX] : []), 'g++', 'c++', 'clang++'], p =>
      answers('compiler', p, ['--version']),
    )
    if (compiler === undefined) return E.left('no C++ compiler (tried CXX, g++, c++, clang++)')
    const pythons = env.KINOGRAD_PYTHON ? [env.KINOGRAD_PYTHON] : ['python3', 'python']
    const python = await first(pythons, p => answers('pip', p, ['-m', 'pip', '--version']))
    if (python === undefined) return E.left(`no Python with pip (tried ${pythons.join(', ')})`)
    const npms: Tools['npm'][] = [
      ['npm'],
      ...(env.npm_execpath ? [[process.execPath, env.npm_execpath] as const] : []),
    ].map(([program = 'npm', ...rest]) => [program, ...rest])
    const npm = await first(npms, ([program, ...rest]) => answers('npm', program, [...rest, '--version']))
    if (npm === undefined) return E.left('no npm')
    return E.right({ compiler, python, npm, cuda: await findCuda(ask, python) })
  }
