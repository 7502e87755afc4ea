import { either as E } from 'fp-ts'
import { type Fault, fault } from '../flow/index.ts'
import { type FamilyPromises, families, type Promises } from '../laws/index.ts'
import type { Flags, Given } from '../run/index.ts'

/** The flags of `kinograd laws`. */
export const lawFlags = {
  family: { kind: 'text', value: 'NAME', help: `${families.join(', ')}; or own: what all have in common (grpo)` },
  processes: { kind: 'text', value: 'NAME,NAME', help: 'names of the rewards (reward)' },
  reward: { kind: 'text', value: 'NAME', help: 'the reward that grpo uses' },
  weights: { kind: 'text', value: 'NAME=2,NAME=1', help: 'weights of the rewards in a sum (1)' },
  scale: { kind: 'text', value: 'group', choices: ['group', 'batch', 'none'], help: 'what is divided by (group)' },
  ddof: { kind: 'text', value: '1', choices: ['0', '1'], help: 'deviation over n − ddof (1)' },
  epsilon: { kind: 'text', value: '1e-4', help: 'added to the deviation (1e-4)' },
  k: { kind: 'integer', value: '2', min: 1, help: 'the k of passAtK (2)' },
  range: { kind: 'text', value: '0,2.2', help: 'least and most of the rewards (-8,8)' },
  values: { kind: 'text', value: '0,1', help: 'the only rewards that there are, instead of a range' },
  precision: {
    kind: 'text',
    value: 'float32',
    choices: ['float64', 'float32'],
    help: 'the arithmetic of the program (float64)',
  },
  sizes: { kind: 'text', value: '2,256', help: 'least and most rollouts of a group (2,256)' },
  scored: { kind: 'switch', help: 'every rollout is scored: no null is asked' },
  runs: { kind: 'integer', value: '100', min: 1, help: 'inputs a law is tried on (100)' },
  seed: { kind: 'integer', value: '1', help: 'of the inputs (1)' },
  seconds: { kind: 'integer', value: '10', min: 1, help: 'that one answer may take (10)' },
  export: { kind: 'text', value: 'FILE', help: 'writes cases with exact answers as JSON' },
} as const satisfies Flags

type LawFlags = Given<typeof lawFlags>

const usage = (cause: string, remedy: string): E.Either<Fault, never> => E.left(fault('Usage', cause, remedy))

const numbers = (name: string, text: string | undefined): E.Either<Fault, readonly number[] | undefined> => {
  if (text === undefined) return E.right(undefined)
  const all = text.split(',').map(part => (part.trim() === '' ? Number.NaN : Number(part)))
  return all.every(Number.isFinite) ? E.right(all) : usage(`--${name} is ${text}`, 'Give numbers with commas between.')
}

const pairOf = (name: string, text: string | undefined): E.Either<Fault, readonly [number, number] | undefined> =>
  E.flatMap((all: readonly number[] | undefined): E.Either<Fault, readonly [number, number] | undefined> => {
    if (all === undefined) return E.right(undefined)
    const [a, b, ...rest] = all
    return a !== undefined && b !== undefined && rest.length === 0
      ? E.right([a, b])
      : usage(`--${name} is ${text}`, 'Give two numbers with a comma between.')
  })(numbers(name, text))

const weightsOf = (text: string | undefined): E.Either<Fault, Readonly<Record<string, number>> | undefined> => {
  if (text === undefined) return E.right(undefined)
  const entries = text.split(',').map(part => part.split('='))
  return entries.every(([name, value]) => name !== '' && value !== undefined && Number.isFinite(Number(value)))
    ? E.right(Object.fromEntries(entries.map(([name = '', value]) => [name, Number(value)])))
    : usage(`--weights is ${text}`, 'Write --weights seen=2,answered=1.')
}

const ddofOf: Readonly<Record<string, 0 | 1>> = { '0': 0, '1': 1 }

const withoutUndefined = <A extends object>(given: A): { [K in keyof A]?: Exclude<A[K], undefined> } =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as {
    [K in keyof A]?: Exclude<A[K], undefined>
  }

/** What the flags promise, and the names of the rewards. */
export const promisesOf = (
  flags: LawFlags,
): E.Either<
  Fault,
  { readonly promises: FamilyPromises | Promises; readonly processes: readonly [string, ...string[]] }
> => {
  const { family = 'grpo', reward, scale, ddof, k, precision, scored } = flags
  const [first = 'reward', ...rest] = flags.processes?.split(',') ?? []
  const range = pairOf('range', flags.range)
  if (E.isLeft(range)) return range
  const sizes = pairOf('sizes', flags.sizes)
  if (E.isLeft(sizes)) return sizes
  const values = numbers('values', flags.values)
  if (E.isLeft(values)) return values
  const epsilons = numbers('epsilon', flags.epsilon)
  if (E.isLeft(epsilons)) return epsilons
  const weights = weightsOf(flags.weights)
  if (E.isLeft(weights)) return weights
  const domain = withoutUndefined({
    range: range.right,
    sizes: sizes.right,
    values: values.right,
    precision,
    missing: !scored,
  })
  const processes = [first, ...rest] as const
  if (family === 'own') {
    const unused = Object.entries({ reward, weights: flags.weights, scale, ddof, k, epsilon: flags.epsilon }).find(
      ([, v]) => v !== undefined,
    )
    if (unused !== undefined) return usage(`--${unused[0]} belongs to a family`, 'Name the family, or leave it away.')
    return E.right({ promises: { ...domain, routing: 'all', scope: 'group', scale: 'other' }, processes })
  }
  const known = families.find(name => name === family)
  if (known === undefined) return usage(`--family is ${family}`, `There is: ${families.join(', ')}, own.`)
  const definition = withoutUndefined({
    reward,
    weights: weights.right,
    scale,
    ddof: ddofOf[ddof ?? ''],
    k,
    epsilon: epsilons.right?.[0],
  })
  return E.right({ promises: { ...domain, ...definition, family: known }, processes })
}
