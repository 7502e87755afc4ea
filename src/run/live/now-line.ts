import { duration, oneLine } from '../status.ts'
import type { RunState } from './follow.ts'
import type { Pace } from './pace.ts'

const states: Readonly<Record<RunState, string>> = {
  finished: 'finished',
  running: 'running',
  elsewhere: 'in the hands of a process on another machine',
  stopped: 'not running, not finished: --resume continues it',
}

const seconds = (value: number): string => (value < 10 ? `${Number(value.toPrecision(2))} s` : duration(value * 1000))

/** How a run is, in a line: its state, the phase and step that it wrote last, and how long ago. */
export const nowLine = (state: RunState, pace: Pace | undefined, now: number): string => {
  if (pace === undefined) return `${states[state]} · no step was written yet`
  const { phase, step, time, secondsPerStep } = pace
  const speed = secondsPerStep === undefined ? [] : [`${seconds(secondsPerStep)} a step`]
  const age = state === 'finished' ? [] : [`last written ${duration(Math.max(0, now - time * 1000))} ago`]
  return [states[state], `${oneLine(phase)}, step ${step}`, ...speed, ...age].join(' · ')
}
