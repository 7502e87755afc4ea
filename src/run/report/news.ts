import type { PageGroups } from './page-groups.ts'

/** What a live page is told: what changed since the version that it shows. */
export interface News {
  readonly version: number
  /** How the run is, in a line. */
  readonly now: string
  /** Names of all parts in their order; absent where none changed. */
  readonly order?: readonly string[]
  /** The markup of those that changed, by name. */
  readonly parts?: Readonly<Record<string, string>>
  /** New groups, or all of them where `whole`. Of each phase every nth is shown, as `phases` says: the others go. */
  readonly groups?: PageGroups & { readonly whole: boolean }
}
