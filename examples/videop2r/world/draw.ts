import type { Operand, Operator, Question } from './question.ts'
import type { Random } from './random.ts'
import type { Scene } from './scene.ts'
import { colours } from './scene.ts'

const operators: readonly [Operator, Operator] = ['plus', 'minus']

/**
 * Draws a stepped question of 1 … 3 operands out of number, letter and the paths of up to two of the scene's objects;
 * at least one is a path.
 */
export const drawSteps = (r: Random, scene: Scene, count: number): Question => {
  const paths = r.shuffle(scene.objects).slice(0, 2)
  const pool: readonly Operand[] = [
    { kind: 'number' },
    { kind: 'letter' },
    ...paths.map(o => ({ kind: 'path', colour: o.colour }) as const),
  ]
  for (;;) {
    const [first, ...rest] = r.shuffle(pool).slice(0, count)
    if (first !== undefined && [first, ...rest].some(o => o.kind === 'path'))
      return { family: 'steps', first, rest: rest.map(o => [r.pick(operators), o] as const) }
  }
}

/** Draws a question of one of the four other problem types. Multiple choice is about order in a timed clip, else about direction. */
export const drawOther = (r: Random, scene: Scene, timed: boolean): Question => {
  const family = r.pick(['choice', 'ocr', 'reg', 'free'] as const)
  const [first, ...others] = scene.objects
  const { colour } = r.pick([first!, ...others])
  if (family === 'ocr') return { family }
  if (family !== 'choice') return { family, colour }
  if (!timed) return { family: 'dir', colour }
  const among = colours.filter(c => scene.objects.some(o => o.colour === c))
  return { family: 'order', which: r.pick(['first', 'last']), among }
}
