import { setTimeout as sleep } from 'node:timers/promises'
import { either as E } from 'fp-ts'
import type { TryFault } from '../fault.ts'

/** How long a server that does not answer is waited for. */
export interface Outage {
  /** Milliseconds from the first failure on, in which it is tried again. */
  readonly patienceMs: number
  /** The longest wait between two tries. */
  readonly maxWaitMs: number
  /** Told of the first failure. */
  readonly notice: (text: string) => void
}

/** The wait after the nth failure in a row, from 0: half a second and doubling, a quarter of it left to chance. */
export const waitAfter = (failures: number, asked: number | undefined, maxWaitMs: number): number =>
  Math.min(maxWaitMs, asked ?? 500 * 2 ** Math.min(failures, 20) * (1 - Math.random() / 4))

/**
 * Tries a call again while its faults may pass, until they have lasted too long. Ends at once when the signal fires,
 * with the last fault. `when` says which faults are worth it.
 */
export const patiently = async <F extends TryFault, A>(
  call: () => Promise<E.Either<F, A>>,
  { patienceMs, maxWaitMs, notice }: Outage,
  signal: AbortSignal,
  when: (fault: F) => boolean = () => true,
): Promise<E.Either<F, A>> => {
  let begun: number | undefined
  for (let failures = 0; ; failures++) {
    const answer = await call()
    if (E.isRight(answer) || signal.aborted || !isPassing(answer.left) || !when(answer.left)) return answer
    const now = performance.now()
    begun ??= now
    const wait = waitAfter(failures, answer.left.again?.afterMs, maxWaitMs)
    if (now + wait - begun > patienceMs) return answer
    if (failures === 0) notice(`${answer.left.cause}; trying for ${Math.ceil(patienceMs / 1000)} s more`)
    await sleep(wait, undefined, { signal }).catch(() => undefined)
    if (signal.aborted) return answer
  }
}

/** Whether a fault may be gone with the next try. */
export const isPassing = ({ again }: TryFault): boolean => again !== undefined
