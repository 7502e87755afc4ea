import { readFile } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build, type Plugin } from 'esbuild'
import type { collectTests } from 'vitest/internal/browser'

/** A test of vitest, ready to be called as often as one likes. */
export interface Ready {
  readonly id: string
  readonly name: string
  readonly call: () => Promise<void>
}

type Runner = Parameters<typeof collectTests>[1]
type Task = Awaited<ReturnType<typeof collectTests>>[number]['tasks'][number]

/** vitest looks for a worker of its own before it lets itself be imported. */
const vitest = async () => {
  const worker = { config: { sequence: {}, expect: {}, chaiConfig: {} }, ctx: {} }
  Object.assign(globalThis, { __vitest_worker__: worker })
  const [{ collectTests }, { TestRunner }] = await Promise.all([import('vitest/internal/browser'), import('vitest')])
  return { collectTests, TestRunner }
}

/** Rooms are found in the mutated source; a test file keeps its own `import.meta.url`, so that it finds what lies beside it. */
const rooms = (root: string): Plugin => ({
  name: 'rooms',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^kinograd(\/|$)/ }, ({ path }) => ({
      path: join(root, 'src', path.slice('kinograd'.length), 'index.ts'),
    }))
    onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8')
      return { contents: text.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href)), loader: 'ts' }
    })
  },
})

/** Writes one module of the test files and of the source that they import; packages stay outside. Gives its path. */
export const bundle = async (root: string, files: readonly string[]): Promise<string> => {
  const outfile = join(root, 'mutation-tests.mjs')
  await build({
    absWorkingDir: root,
    stdin: {
      contents: files.map((file, i) => `export const file${i} = () => import('./${file}')`).join('\n'),
      resolveDir: root,
    },
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    ignoreAnnotations: true,
    logLevel: 'warning',
    plugins: [rooms(root)],
  })
  return outfile
}

const trace = <T>(_name: string, about: Record<string, unknown> | (() => T), call?: () => T): T =>
  typeof about === 'function' ? about() : call!()

const collecting = (root: string, importFile: (path: string) => unknown): Runner => ({
  config: {
    root,
    setupFiles: [],
    name: undefined,
    passWithNoTests: true,
    testNamePattern: undefined,
    allowOnly: true,
    sequence: { seed: 1, hooks: 'stack', setupFiles: 'list' },
    chaiConfig: undefined,
    maxConcurrency: 1,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    retry: 0,
    includeTaskLocation: false,
    tags: [],
    tagsFilter: undefined,
    strictTags: false,
  },
  importFile,
  trace,
})

let loads = 0
/** Loads the bundle anew and gives the tests in it. */
export const collect = async (root: string, bundle: string, files: readonly string[]): Promise<readonly Ready[]> => {
  const { collectTests, TestRunner } = await vitest()
  const loaded: Record<string, () => Promise<unknown>> = await import(`${pathToFileURL(bundle).href}?load=${loads++}`)
  const load = (path: string) => loaded[`file${files.indexOf(relative(root, path))}`]!()
  const collected = await collectTests(
    files.map(file => resolve(root, file)),
    collecting(root, load),
  )

  const within = (about: string, tasks: readonly Task[]): readonly Ready[] =>
    tasks.flatMap((task): readonly Ready[] => {
      const name = `${about} > ${task.name}`
      if (task.type === 'suite') {
        const hooks = Object.values(TestRunner.getSuiteHooks(task)).flat()
        if (hooks.length > 0) throw new Error(`${name} has hooks, which are not run here`)
        return within(name, task.tasks)
      }
      const call = async (): Promise<void> => {
        await TestRunner.getTestFn(task)()
      }
      return task.mode === 'skip' || task.mode === 'todo' ? [] : [{ id: task.id, name, call }]
    })
  return collected.flatMap(({ name, result, tasks }) => {
    if (result?.state === 'fail') throw new Error(`${name}: ${result.errors?.[0]?.stack}`)
    return within(name, tasks)
  })
}
