import { brokenLaws } from 'kinograd/laws'
import { assigners } from '../../test/laws/fixtures/assigners.ts'
import { losses } from '../../test/laws/fixtures/losses.ts'
import { normalisers } from '../../test/laws/fixtures/normalisers.ts'
import { others } from '../../test/laws/fixtures/others.ts'

/** Seeded faults against the laws of rewards, advantages and losses: a line a fault; gives how many their named law lets pass. */
export const tryAdvantageFaults = async (): Promise<number> => {
  let missed = 0
  const faults = [...normalisers, ...assigners, ...losses, ...others]
  for (const { fault, caughtBy, laws } of faults) {
    const killers = brokenLaws(laws, { seed: 1, numRuns: 300, endOnFailure: true }).map(({ law }) => law)
    const named = killers.includes(caughtBy)
    if (!named) missed++
    const rest = killers.filter(name => name !== caughtBy)
    const also = rest.length === 0 ? '' : ` (and ${rest.length} more)`
    console.log(`${named ? 'killed' : 'MISSED'}  ${fault.padEnd(72)}  by "${caughtBy}"${also}`)
  }
  console.log(`${faults.length - missed} of ${faults.length} faults killed by the law that names them`)
  return missed
}
