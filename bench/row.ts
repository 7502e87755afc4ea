/** One line of a side-by-side measurement; ratio above 1 means ours is better. Peer fields are null where no peer ran. */
export interface Row {
  readonly case: string
  readonly ours: number
  readonly peer: number | null
  readonly peerName: string | null
  readonly ratio: number | null
  readonly unit: string
}

/** A bench lives in `bench/<name>.ts` and exports `bench`. */
export type Bench = (options: { readonly peers: boolean; readonly rest: readonly string[] }) => Promise<readonly Row[]>
