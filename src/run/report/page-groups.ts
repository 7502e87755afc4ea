import type { RolloutRow } from '../rows.ts'

/** A piece of a completion on the page: the place of its process in the list of all (−1: none), its advantage, its tokens. */
export type PagePiece = readonly [process: number, advantage: number | null, tokens: readonly string[]]

/** A completion on the page. */
export interface PageRollout {
  readonly pieces: readonly PagePiece[]
  readonly rewards: RolloutRow['rewards']
  readonly advantages: RolloutRow['advantages']
  readonly parts?: RolloutRow['parts']
  readonly notes?: RolloutRow['notes']
  readonly malformed?: RolloutRow['malformed']
  readonly truncated?: boolean
  readonly mismatch?: boolean
}

/** The completions of one question at one step. */
export interface PageGroup {
  readonly phase: string
  readonly step: number
  readonly id: string
  /** Which group of its phase it is, from 0. */
  readonly nth: number
  readonly problem?: string
  readonly problemType?: string
  readonly answer?: string
  /** A JPEG in base64. */
  readonly sheet?: string
  readonly rollouts: readonly PageRollout[]
}

/** What the browser of groups shows: a stated sample of all. */
export interface PageGroups {
  readonly processes: readonly string[]
  readonly groups: readonly PageGroup[]
  /** Of each phase, how many groups were in the log, and each how manyth is shown. */
  readonly phases: readonly { readonly phase: string; readonly of: number; readonly every: number }[]
}
