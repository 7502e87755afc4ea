/**
 * Node's `vm`, which can stop what runs. Asked for at run time, so that the laws bundle for browsers; other runtimes have
 * one that cannot.
 */
const contextOf = () =>
  'Bun' in globalThis || 'Deno' in globalThis ? undefined : globalThis.process?.getBuiltinModule?.('node:vm')

/**
 * Runs something that may never return; null when its time is up. Node stops it wherever it is. Where there is no
 * Node, nothing can stop what holds the only thread, and it is waited for.
 */
export const limited = <A>(run: () => A, milliseconds: number): A | null => {
  const vm = contextOf()
  if (vm === undefined) return run()
  const kept: { result?: A } = {}
  const go = (): void => {
    kept.result = run()
  }
  try {
    vm.runInNewContext('go()', { go }, { timeout: Math.max(1, Math.ceil(milliseconds)) })
  } catch (thrown) {
    // It comes from another context, where Error is another class.
    if (
      typeof thrown === 'object' &&
      thrown !== null &&
      'code' in thrown &&
      thrown.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'
    )
      return null
    throw thrown
  }
  return kept.result ?? null
}

/** The promise, or null when it takes longer. */
export const inTime = <A>(promise: Promise<A>, milliseconds: number): Promise<A | null> => {
  let clock: ReturnType<typeof setTimeout> | undefined
  const up = new Promise<null>(resolve => {
    clock = setTimeout(() => resolve(null), milliseconds)
  })
  return Promise.race([promise, up]).finally(() => clearTimeout(clock))
}
