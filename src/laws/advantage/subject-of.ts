import type { Definition } from '../exact/families.ts'
import { familyTraits } from '../exact/habits.ts'
import { type Domain, domainOf } from '../groups.ts'
import type { FamilyPromises, Habits, Promises } from '../promises.ts'
import type { Known } from './known.ts'
import { inputsOf, type Subject } from './subject.ts'

const habitsOf = (given: Habits): Required<Habits> => ({
  constantIsZero: given.constantIsZero ?? true,
  skipsUnscored: given.skipsUnscored ?? true,
  symmetric: given.symmetric ?? true,
  shiftFree: given.shiftFree ?? true,
  keepsOrder: given.keepsOrder ?? true,
  zeroSum: given.zeroSum ?? true,
  scaleFree: given.scaleFree ?? true,
})

const definitionOf = (promises: FamilyPromises, processes: readonly [string, ...string[]]): Definition => ({
  family: promises.family,
  reward: promises.reward ?? processes[0],
  weights: promises.weights ?? {},
  scale: promises.scale ?? 'group',
  ddof: promises.ddof ?? 1,
  epsilon: promises.epsilon ?? (promises.family === 'passAtK' ? 0 : 1e-4),
  k: promises.k ?? 2,
})

/** The definition that follows from what is promised, if one does. */
const knownOf = ({ routing, scope, scale, epsilon = 1e-4 }: Promises): Known => {
  if (scope === 'batch' || scale === 'other') return { _tag: 'Unknown' }
  const definition: Definition = {
    family: routing === 'process' ? 'paGrpo' : 'sum',
    reward: '',
    weights: {},
    scale: scale === 'none' ? 'none' : 'group',
    ddof: scale === 'population' ? 0 : 1,
    epsilon,
    k: 1,
  }
  return { _tag: routing === 'process' ? 'Defined' : 'SomeSum', definition }
}

const slackOf = ({ float32 }: Domain, known: Known): ((size: number) => number) => {
  const unit = float32 ? 2e-3 : known._tag === 'Unknown' ? 1e-8 : 1e-5
  return size => unit * (1 + size)
}

/** What laws are about, from what is promised. */
export const subjectOf = <K extends string>(
  promises: Promises | FamilyPromises,
  processes: readonly [K, ...K[]],
): Subject<K> => {
  if (!('family' in promises)) {
    const { routing, scope, scale } = promises
    const domain = domainOf(promises)
    const divides = scale === 'sample' || scale === 'population'
    const habits = habitsOf(promises)
    return {
      processes,
      domain,
      routing,
      wholeBatch: scope === 'batch',
      habits: { ...habits, scaleFree: habits.scaleFree && divides },
      known: knownOf(promises),
      slack: slackOf(domain, knownOf(promises)),
      ...inputsOf(processes, domain),
    }
  }
  const traits = familyTraits[promises.family]
  const domain = domainOf(promises.family === 'passAtK' ? { values: [0, 1], ...promises } : promises)
  const habits = habitsOf(traits)
  const known: Known = { _tag: 'Defined', definition: definitionOf(promises, processes) }
  return {
    processes,
    domain,
    routing: traits.routing,
    wholeBatch: traits.wholeBatch || promises.scale === 'batch',
    habits: { ...habits, scaleFree: habits.scaleFree && (promises.scale ?? 'group') === 'group' },
    known,
    slack: slackOf(domain, known),
    ...inputsOf(processes, domain),
  }
}
