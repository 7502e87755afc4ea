/** One compared quantity: the largest error over its cases, and the bound that it must not pass. */
export interface Quantity {
  readonly name: string
  readonly cases: number
  readonly error: number
  readonly bound: number
}

/** A comparison with foreign goldens lives in `bench/conformance/<kind>.ts` and exports `check`. */
export type Check = (path: string, option?: string) => Promise<readonly Quantity[]>
