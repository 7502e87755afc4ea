import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { either as E } from 'fp-ts'
import type { ProgramKind } from './environment.ts'

/** Asks a program, whose output is `Right` where it ends well. */
export type Ask = (kind: ProgramKind, program: string, args: readonly string[]) => Promise<E.Either<string, string>>

/** A library of CUDA that TensorFlow loads, and the folder of NVIDIA's wheels that has it. */
const libraries = [
  { name: 'libcudart.so.12', wheel: 'cuda_runtime' },
  { name: 'libcudnn.so.9', wheel: 'cudnn' },
  { name: 'libcublas.so.12', wheel: 'cublas' },
] as const

/** What of CUDA is here. */
export type Cuda =
  | { readonly kind: 'no card' }
  /** A card, as nvidia-smi names it, and which libraries are nowhere: TensorFlow would compute on the processor. */
  | { readonly kind: 'no libraries'; readonly card: string; readonly lacking: readonly string[] }
  /** `wheels` is the folder of NVIDIA's Python packages, where the libraries are not the system's. */
  | { readonly kind: 'ready'; readonly card: string; readonly wheels?: string }

const folderOfWheels = 'import nvidia; print(list(nvidia.__path__)[0])'

/** The folder of NVIDIA's Python packages. */
const wheelsOf = async (ask: Ask, python: string): Promise<string | undefined> => {
  const found = await ask('pip', python, ['-c', folderOfWheels])
  return E.isRight(found) ? found.right.trim().split('\n').at(-1) : undefined
}

/**
 * Whether TensorFlow could compute on a card: nvidia-smi lists one, and CUDA's libraries are the system's (`ldconfig -p`) or come from
 * NVIDIA's wheels in the Python that is used, as `pip install 'tensorflow[and-cuda]'` brings them: TensorFlow looks in
 * `nvidia`, package by package, beside its own folder too.
 */
export const findCuda = async (ask: Ask, python: string): Promise<Cuda> => {
  const cards = await ask('tensorflow', 'nvidia-smi', ['-L'])
  if (E.isLeft(cards)) return { kind: 'no card' }
  const card = cards.right.trim().split('\n')[0] ?? ''
  const listed = await ask('tensorflow', 'ldconfig', ['-p'])
  const system = E.isRight(listed) ? listed.right : ''
  const missing = libraries.filter(({ name }) => !system.includes(name))
  if (missing.length === 0) return { kind: 'ready', card }
  const wheels = await wheelsOf(ask, python)
  const nowhere = missing.filter(
    ({ name, wheel }) => wheels === undefined || !existsSync(join(wheels, wheel, 'lib', name)),
  )
  return wheels !== undefined && nowhere.length === 0
    ? { kind: 'ready', card, wheels }
    : { kind: 'no libraries', card, lacking: nowhere.map(({ name }) => name) }
}

/** What a person with a card is told when it is not used; nothing where there is none, or all is there. */
export const cudaRemark = (cuda: Cuda, tensorflow: string): string | undefined =>
  cuda.kind === 'no libraries'
    ? `Native backend: ${cuda.card} is here, and ${cuda.lacking.join(', ')} ${cuda.lacking.length === 1 ? 'is' : 'are'} not: computing on the processor. \`pip install 'tensorflow[and-cuda]==${tensorflow}'\` (about 3.4 GB) in the Python that KINOGRAD_PYTHON names brings them; then remove the build and run \`npm run native\`.`
    : undefined
