import type { MutantCoverage, MutantResult, StrykerOptions } from '@stryker-mutator/api/core'
import { commonTokens, declareClassPlugin, PluginKind } from '@stryker-mutator/api/plugin'
import type { Reporter } from '@stryker-mutator/api/report'
import {
  type DryRunResult,
  DryRunStatus,
  determineHitLimitReached,
  type MutantRunOptions,
  type MutantRunResult,
  type TestResult,
  type TestRunner,
  TestStatus,
  toMutantRunResult,
} from '@stryker-mutator/api/test-runner'
import fc from 'fast-check'
import { bundle, collect, type Ready } from './collect.ts'
import { timed } from './rooms.ts'

/** What the instrumented source reads and writes, by Stryker's names. */
interface Switches {
  activeMutant?: string | undefined
  currentTestId?: string | undefined
  hitCount?: number | undefined
  hitLimit?: number | undefined
  mutantCoverage?: MutantCoverage | undefined
}

const switches: Switches = {}
Object.assign(globalThis, { __stryker__: switches })

/**
 * Runs vitest's tests in Stryker's own process: they are loaded once and called as often as there are mutants, where a worker of vitest a
 * mutant takes seconds to start. Properties are tried on the same inputs every time.
 */
class InProcess implements TestRunner {
  static inject: ['options'] = [commonTokens.options]
  readonly #files: readonly string[]
  readonly #root = process.cwd()
  readonly #spent = new Map<string, number>()
  #module = ''
  #tests: readonly Ready[] = []

  constructor(options: StrykerOptions) {
    this.#files = options.inProcess as readonly string[]
    fc.configureGlobal({ seed: 1, endOnFailure: true })
  }

  capabilities() {
    return { reloadEnvironment: true }
  }

  async init(): Promise<void> {
    this.#module = await bundle(this.#root, this.#files)
    await this.#load()
  }

  async #load(): Promise<void> {
    const tests = await collect(this.#root, this.#module, this.#files)
    this.#tests = tests.filter(({ name }) => !timed.test(name))
  }

  async dryRun(): Promise<DryRunResult> {
    switches.activeMutant = undefined
    const tests: TestResult[] = []
    for (const test of this.#tests) {
      switches.currentTestId = test.id
      const result = await this.#call(test)
      this.#spent.set(test.id, result.timeSpentMs)
      tests.push(result)
    }
    switches.currentTestId = undefined
    return {
      status: DryRunStatus.Complete,
      tests,
      mutantCoverage: switches.mutantCoverage ?? { static: {}, perTest: {} },
    }
  }

  async mutantRun({
    activeMutant,
    hitLimit,
    mutantActivation,
    reloadEnvironment,
    testFilter,
  }: MutantRunOptions): Promise<MutantRunResult> {
    Object.assign(switches, { hitCount: 0, hitLimit })
    const whileLoading = mutantActivation === 'static'
    switches.activeMutant = whileLoading ? activeMutant.id : undefined
    if (whileLoading || reloadEnvironment)
      try {
        await this.#load()
      } catch (thrown) {
        // Source that cannot even be loaded fails every test.
        return toMutantRunResult({ status: DryRunStatus.Complete, tests: [failed('the tests are loaded', 0, thrown)] })
      }
    switches.activeMutant = activeMutant.id
    const wanted = this.#tests.filter(({ id }) => testFilter?.includes(id) ?? true)
    const spent = ({ id }: Ready): number => this.#spent.get(id) ?? 0
    const tests: TestResult[] = []
    for (const test of [...wanted].sort((a, b) => spent(a) - spent(b))) {
      const result = await this.#call(test)
      tests.push(result)
      if (result.status === TestStatus.Failed) break
    }
    switches.activeMutant = undefined
    const limit = determineHitLimitReached(switches.hitCount, hitLimit)
    return toMutantRunResult(limit ?? { status: DryRunStatus.Complete, tests })
  }

  async #call({ id, name, call }: Ready): Promise<TestResult> {
    const start = performance.now()
    try {
      await call()
      return { id, name, status: TestStatus.Success, timeSpentMs: performance.now() - start }
    } catch (thrown) {
      return { ...failed(name, performance.now() - start, thrown), id }
    }
  }
}

const failed = (name: string, timeSpentMs: number, thrown: unknown): TestResult => ({
  id: name,
  name,
  status: TestStatus.Failed,
  timeSpentMs,
  failureMessage: thrown instanceof Error ? thrown.message : String(thrown),
})

/** Prints what no test noticed as soon as that is known: a whole room takes long. */
class AsFound implements Reporter {
  onMutantTested({ status, fileName, location, replacement = '' }: MutantResult): void {
    if (status === 'Survived' || status === 'NoCoverage')
      console.log(
        `${status} ${fileName}:${location.start.line}:${location.start.column}-${location.end.line}:${location.end.column} ${replacement.replace(/\s+/g, ' ')}`,
      )
  }
}

export const strykerPlugins = [
  declareClassPlugin(PluginKind.TestRunner, 'in-process', InProcess),
  declareClassPlugin(PluginKind.Reporter, 'as-found', AsFound),
]
