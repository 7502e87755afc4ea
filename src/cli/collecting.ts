import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** So many bytes may be resident before what is garbage is collected. */
const mostResident = 150e6
/** Between two collections, calls of what is returned. */
const between = 200

/** What collects garbage at once; V8 gives it only where it is asked for by a flag. */
const collector = (): (() => void) => {
  setFlagsFromString('--expose-gc')
  const gc: unknown = runInNewContext('gc')
  return typeof gc === 'function' ? () => void gc() : () => undefined
}

/**
 * Keeps a long command small: V8 lets garbage grow to several times of what is alive before it looks for it, and an evaluation of ten
 * thousand questions holds little. Call what it gives after each question; it looks now and then, and takes some 30 ms when it collects.
 */
export const collecting = (): (() => void) => {
  let [collect, calls]: [(() => void) | undefined, number] = [undefined, 0]
  return () => {
    if (++calls < between || process.memoryUsage.rss() < mostResident) return
    calls = 0
    collect ??= collector()
    collect()
  }
}
