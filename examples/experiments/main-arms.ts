import type { ArmSpec } from './trained-arm.ts'

/** The three arms of the main job, under the names that all experiments share. */
export const mainArms: readonly ArmSpec[] = [
  { name: 'grpo', title: 'GRPO', like: 'grpo' },
  { name: 'sum', title: 'sum', like: 'sum' },
  { name: 'paGrpo', title: 'PA-GRPO', like: 'paGrpo' },
]
