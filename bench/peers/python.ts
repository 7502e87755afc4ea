import { execFile } from 'node:child_process'
import { either as E } from 'fp-ts'

/** A Python that a peer can run in. */
export interface Python {
  readonly program: string
  /** Version of each module that was asked for. */
  readonly modules: Readonly<Record<string, string>>
}

interface RunOptions {
  readonly timeoutSeconds: number
  readonly signal?: AbortSignal
}

const run = (
  program: string,
  args: readonly string[],
  { timeoutSeconds, signal }: RunOptions,
): Promise<E.Either<string, string>> =>
  new Promise(resolve => {
    const env = {
      ...process.env,
      HF_HUB_OFFLINE: '1',
      TRANSFORMERS_VERBOSITY: 'error',
      TOKENIZERS_PARALLELISM: 'false',
    }
    const limits = { timeout: timeoutSeconds * 1000, killSignal: 'SIGKILL' as const, maxBuffer: 1 << 28 }
    execFile(program, [...args], { ...limits, env, ...(signal === undefined ? {} : { signal }) }, (error, out, err) => {
      if (error === null) return resolve(E.right(out))
      const why = error.killed
        ? `no end after ${timeoutSeconds} s`
        : error.code === 'ENOENT'
          ? 'not found'
          : `exit code ${error.code}`
      resolve(E.left([`${program}: ${why}`, ...err.trim().split('\n').slice(-3)].filter(Boolean).join(' | ')))
    })
  })

/** `KINOGRAD_PYTHON`, else python3, if it has the modules. `Left` says what is missing. */
export const findPython = async (modules: readonly string[]): Promise<E.Either<string, Python>> => {
  const program = process.env.KINOGRAD_PYTHON ?? 'python3'
  const asked = `import importlib,json;print(json.dumps({m:getattr(importlib.import_module(m),'__version__','?') for m in ${JSON.stringify(modules)}}))`
  const found = await run(program, ['-c', asked], { timeoutSeconds: 120 })
  return E.map((out: string): Python => ({ program, modules: JSON.parse(out.trim().split('\n').at(-1) ?? '{}') }))(
    found,
  )
}

/** Runs a script of this folder; `Right` is the JSON of its last line. */
export const runPython = async (
  { program }: Python,
  script: string,
  args: readonly string[],
  options: RunOptions,
): Promise<E.Either<string, unknown>> =>
  E.flatMap(await run(program, [script, ...args], options), out =>
    E.tryCatch(
      () => JSON.parse(out.trim().split('\n').at(-1) ?? '') as unknown,
      () => `${program} ${script} printed no JSON: ${out.slice(-200)}`,
    ),
  )
