/** Numbers that a kernel reads or gives: their bytes, and how many tensors have them. */
export interface Held {
  readonly bytes: number
  readonly size: number
  references: number
}

/** A kernel's call that waits. */
export interface Call {
  readonly inputs: readonly Held[]
  readonly outputs: readonly Held[]
  /** Whether its result may be written over an input that nothing else reads. */
  readonly inPlace: boolean
}

/** As many operations of a graph are on their way at once (native/graph/saved-model.ts). */
const atOnce = 16

/** The calls that what is still alive depends on, in their order. */
const needed = (calls: readonly Call[]): readonly Call[] => {
  const wanted = new Set<Held>()
  const kept = new Set<Call>()
  for (const call of calls.toReversed()) {
    if (!call.outputs.some(held => held.references > 0 || wanted.has(held))) continue
    kept.add(call)
    for (const input of call.inputs) wanted.add(input)
  }
  return calls.filter(call => kept.has(call))
}

/** What each call waits for: whoever makes its inputs, and the call so many places before it. */
const dependenciesOf = (calls: readonly Call[]): readonly ReadonlySet<number>[] => {
  const makers = new Map(calls.flatMap(({ outputs }, i) => outputs.map(held => [held, i] as const)))
  return calls.map(({ inputs }, i) => {
    const before = inputs.flatMap(held => makers.get(held) ?? [])
    return new Set(i < atOnce ? before : [...before, i - atOnce])
  })
}

/** The order in which they run: first those that are ready first. */
const orderOf = (calls: readonly Call[]): readonly number[] => {
  const dependencies = dependenciesOf(calls)
  const followers = calls.map((): number[] => [])
  for (const [i, before] of dependencies.entries()) for (const j of before) followers[j]!.push(i)
  const missing = dependencies.map(({ size }) => size)
  const order = calls.map((_, i) => i).filter(i => missing[i] === 0)
  for (let at = 0; at < order.length; at++)
    for (const next of followers[order[at]!]!) if (--missing[next]! === 0) order.push(next)
  return order
}

/**
 * The most bytes alive while calls run together as a graph, beyond those alive before: results that nothing reads any more are freed on
 * the way or written over, and those that live on stay.
 */
export const graphPeak = (calls: readonly Call[]): number => {
  const run = needed(calls)
  const uses = new Map<Held, number>()
  for (const { inputs } of run) for (const held of new Set(inputs)) uses.set(held, (uses.get(held) ?? 0) + 1)
  const made = new Set(run.flatMap(({ outputs }) => outputs))
  const isLast = (held: Held): boolean => made.has(held) && held.references === 0 && uses.get(held) === 0
  let [now, peak] = [0, 0]
  for (const i of orderOf(run)) {
    const { inputs, outputs, inPlace } = run[i]!
    const read = new Set(inputs)
    for (const held of read) uses.set(held, uses.get(held)! - 1)
    const over = inPlace ? [...read].find(held => isLast(held) && held.bytes === outputs[0]!.bytes) : undefined
    for (const held of outputs) if (over === undefined) now += held.bytes
    peak = Math.max(peak, now)
    for (const held of read) if (isLast(held) && held !== over) now -= held.bytes
    for (const held of outputs) if (held.references === 0 && !uses.has(held)) now -= held.bytes
  }
  return peak
}
