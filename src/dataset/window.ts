import type { Row } from './extra.ts'
import type { Seconds } from './record.ts'

const isTime = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value) && value >= 0

/** `start` and `end` of a row in seconds, as MVBench writes them; nothing where they are no part of a clip. */
export const windowOf = ({ start, end }: Row): Seconds | undefined =>
  isTime(start) && isTime(end) && start < end ? { start, end } : undefined

/** `fps` of a row: how many pictures of a folder make a second; nothing where it says none. */
export const framesPerSecond = ({ fps }: Row): number | undefined => (isTime(fps) && fps > 0 ? fps : undefined)
