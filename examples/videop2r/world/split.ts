import { option as O } from 'fp-ts'
import { drawOther, drawSteps } from './draw.ts'
import type { Question } from './question.ts'
import { sayQuestion } from './question.ts'
import type { Random } from './random.ts'
import { random } from './random.ts'
import type { TeacherRates } from './rates.ts'
import { rawObjects, rawOperands } from './rates.ts'
import type { VideoR1Record } from './record.ts'
import { toVideoR1 } from './record.ts'
import type { Scene } from './scene.ts'
import { drawScene } from './scene.ts'

export const splits = ['train-sft', 'train-rl', 'dev', 'test'] as const
export type Split = (typeof splits)[number]

/** How many clips a split has, and questions a clip. */
export interface SplitSize {
  readonly clips: number
  readonly questions: number
  /** Share of questions of the four problem types other than numerical, all together; that of the world when not given. */
  readonly other?: number
}
export type WorldSizes = Readonly<Record<Split, SplitSize>>

/** What a plan depends on besides split and index. */
export interface PlanOptions {
  readonly seed: number
  readonly otherShare: number
  readonly rates: TeacherRates
}

/** One clip with its questions; together they determine every byte of it but the codec's. */
export interface ClipPlan {
  readonly split: Split
  /** Relative to the world's folder, as the records write it. */
  readonly path: string
  readonly scene: Scene
  readonly records: readonly VideoR1Record[]
}

/** Objects and operands of a split: the pool for SFT mixes easy and cluttered clips, all others are cluttered. */
const cluttered = (split: Split): boolean => split !== 'train-sft'

const drawQuestion = (
  r: Random,
  scene: Scene,
  split: Split,
  rates: TeacherRates,
  timed: boolean,
  other: boolean,
): Question => {
  if (other) return drawOther(r, scene, timed)
  const count = cluttered(split) ? 3 : 1 + r.weighted(rawOperands(rates, scene.objects.length))
  return drawSteps(r, scene, count)
}

/**
 * Plans one clip. A share `otherShare` of all questions is of the four other problem types, a quarter each: half of them
 * fall on clips whose objects appear one after the other (all their questions are of those types), half anywhere else.
 * Questions of one clip differ as long as it has others to ask.
 */
export const planClip = (
  { seed, otherShare, rates }: PlanOptions,
  split: Split,
  index: number,
  questions: number,
  firstId: number,
): ClipPlan => {
  const r = random(seed, split, index)
  const timedShare = otherShare / 2
  const timed = r.chance(timedShare)
  const drawn = cluttered(split) ? 3 : 1 + r.weighted(rawObjects(rates))
  const scene = drawScene(r, timed ? Math.max(2, drawn) : drawn, timed)
  const path = `./clips/${split}/${String(index).padStart(5, '0')}.mp4`
  const records: VideoR1Record[] = []
  for (let i = 0; i < questions; i++) {
    const other = timed || r.chance((otherShare - timedShare) / (1 - timedShare))
    let q = drawQuestion(r, scene, split, rates, timed, other)
    const taken = () => records.some(record => record.problem === sayQuestion(q).problem)
    for (let tries = 0; tries < 20 && taken(); tries++) q = drawQuestion(r, scene, split, rates, timed, other)
    const record = toVideoR1(firstId + i, path, scene, q)
    if (O.isSome(record)) records.push(record.value)
  }
  return { split, path, scene, records }
}
