import { option as O } from 'fp-ts'
import type { Question } from '../../../examples/videop2r/world/question.ts'
import { random } from '../../../examples/videop2r/world/random.ts'
import type { VideoR1Record } from '../../../examples/videop2r/world/record.ts'
import { toVideoR1 } from '../../../examples/videop2r/world/record.ts'
import type { Scene } from '../../../examples/videop2r/world/scene.ts'
import { drawScene } from '../../../examples/videop2r/world/scene.ts'

/** A scene of `objects` objects for a seed. */
export const sceneOf = (seed: number, objects: number, timed = false): Scene =>
  drawScene(random('test', seed), objects, timed)

/** One question of every family that the scene answers. */
export const questionsOf = (scene: Scene): readonly Question[] => {
  const colour = scene.objects[0]?.colour ?? 'red'
  const other = scene.objects.at(-1)?.colour ?? 'red'
  const among = scene.objects.map(o => o.colour)
  const path = { kind: 'path', colour } as const
  return [
    { family: 'steps', first: path, rest: [] },
    { family: 'steps', first: { kind: 'number' }, rest: [['minus', path]] },
    {
      family: 'steps',
      first: { kind: 'letter' },
      rest: [
        ['plus', path],
        ['minus', { kind: 'number' }],
      ],
    },
    ...(other === colour
      ? []
      : [{ family: 'steps', first: path, rest: [['minus', { kind: 'path', colour: other }]] } as const]),
    { family: 'dir', colour },
    { family: 'reg', colour },
    { family: 'free', colour },
    { family: 'ocr' },
    ...(new Set(scene.objects.map(o => o.appears)).size === scene.objects.length
      ? (['first', 'last'] as const).map(which => ({ family: 'order', which, among }) as const)
      : []),
  ]
}

/** The record of a question that the scene answers. */
export const recordOf = (scene: Scene, q: Question, id = 1): VideoR1Record =>
  O.getOrElse((): VideoR1Record => {
    throw new Error(`no record for ${JSON.stringify(q)}`)
  })(toVideoR1(id, './clips/test/00000.mp4', scene, q))
