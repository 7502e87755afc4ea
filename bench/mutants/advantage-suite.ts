import { brokenLaws } from 'kinograd/laws'
import { allFaults } from './all.ts'

/**
 * Seeded faults against the laws of rewards, advantages and losses: a line a fault with the law that reports it; gives
 * how many are reported by another law than the one that is about them, or by none.
 */
export const tryAdvantageFaults = async (): Promise<number> => {
  let missed = 0
  for (const { fault, caughtBy, laws } of allFaults) {
    const killers = brokenLaws(laws, { seed: 1, numRuns: 150, endOnFailure: true }).map(({ law }) => law)
    const named = killers.length === 1 && killers[0] === caughtBy
    if (!named) missed++
    const instead = named || killers.length === 0 ? '' : ` (reported by ${killers.map(name => `"${name}"`).join(', ')})`
    console.log(`${named ? 'killed' : 'MISSED'}  ${fault.padEnd(72)}  by "${caughtBy}"${instead}`)
  }
  console.log(`${allFaults.length - missed} of ${allFaults.length} faults killed by the law that names them`)
  return missed
}
