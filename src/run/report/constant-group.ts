import type { PageGroup } from './page-groups.ts'

/** Whether all scored rollouts of a group have the same reward in a process: nothing is learned from it. */
export const isConstant = ({ rollouts }: PageGroup, process: string): boolean =>
  new Set(rollouts.flatMap(({ rewards }) => rewards[process] ?? [])).size < 2
