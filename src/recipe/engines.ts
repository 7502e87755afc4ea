import { function as F, taskEither as TE } from 'fp-ts'
import type { Engine } from '../engine/index.ts'
import type { Fault } from '../flow/index.ts'
import type { Purpose, RecipePolicy } from './policy.ts'

/** An engine of the policy, with the weights of a checkpoint where one is given. Disposed of where that cannot be loaded. */
export const engineFrom = (
  { open, load }: Pick<RecipePolicy, 'open' | 'load'>,
  purpose: Purpose,
  checkpoint: string | undefined,
): TE.TaskEither<Fault, Engine> =>
  F.pipe(
    open(purpose),
    TE.flatMap(engine => {
      if (checkpoint === undefined) return TE.right(engine)
      const loaded = load?.(engine, checkpoint) ?? engine.load(checkpoint, { weightsOnly: true })
      return F.pipe(
        loaded,
        TE.bimap(
          wrong => {
            engine.dispose()
            return wrong
          },
          () => engine,
        ),
      )
    }),
  )

/** Writes the policy of an engine down. */
export const saved = (
  { save }: Pick<RecipePolicy, 'save'>,
  engine: Engine,
  checkpoint: string,
): TE.TaskEither<Fault, void> => save?.(engine, checkpoint) ?? engine.save(checkpoint)

/** Frees the engine when the work has ended, well or not. */
export const freeing =
  (engine: Engine) =>
  <B>(work: TE.TaskEither<Fault, B>): TE.TaskEither<Fault, B> =>
  async () => {
    const result = await work()
    engine.dispose()
    return result
  }
