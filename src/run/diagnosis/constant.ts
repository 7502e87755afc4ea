import { isConstant } from '../report/constant-group.ts'
import { mean, type Signs } from './signs.ts'

/** The share of the kept groups of several completions whose scored completions all have the same reward in a process; undefined where none was kept. */
export const constantShare = ({ groups }: Signs, process: string): number | undefined =>
  mean(groups.filter(({ rollouts }) => rollouts.length > 1).map(group => Number(isConstant(group, process))))
