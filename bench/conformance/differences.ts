/** Cases that were tried, and a line for each that differs. */
export interface Differences {
  readonly cases: number
  readonly lines: readonly string[]
}

/** A comparison case by case lives in `bench/conformance/<kind>.ts` and exports `differ`. */
export type Differ = (path: string) => Promise<Differences>
