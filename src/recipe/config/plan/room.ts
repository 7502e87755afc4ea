import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { availableMemory, hasRoom } from '../../../engine/tfjs/index.ts'
import { type Fault, fault } from '../../../flow/index.ts'
import { mediaOf } from '../compile/media.ts'
import type { LoadedConfig } from '../load.ts'
import { type Counts, countsOf } from './counts.ts'
import { keptAs } from './kept.ts'
import { askingOf, type MemoryShape, type PhaseUpdate, updatesOf } from './memory.ts'
import { seenOf } from './seen.ts'

/** Whether an update has room, beside those of other processes; what is wrong with it is said of its phase. */
const roomFor =
  (available = availableMemory()) =>
  ({ phase, update, processes }: PhaseUpdate): E.Either<Fault, unknown> =>
    E.mapLeft(({ _tag, cause, remedy }: Fault) =>
      processes === 1
        ? fault(_tag, `${phase}: ${cause}`, remedy)
        : fault(_tag, `${phase}, ${processes} at once: ${cause} for each`, `Set rl.atOnce to 1. ${remedy}`),
    )(hasRoom(update, available / processes))

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(bytes < 1e9 ? 3 : 1)} GB`

/** Whether policies of the evaluation have room beside each other. */
const roomForPolicies = (
  shape: MemoryShape,
  counts: Counts,
  available = availableMemory(),
): E.Either<Fault, unknown> => {
  const asking = askingOf(shape, counts)
  if (asking === undefined || E.isLeft(asking)) return asking ?? E.right(undefined)
  const { bytes, processes } = asking.right
  return bytes <= available / processes
    ? E.right(undefined)
    : E.left(
        fault(
          'NoRoom',
          `evaluation, ${processes} policies at once: asking takes ${gigabytes(bytes)}, and there are ${gigabytes(available / processes)} for each`,
          'Set evaluation.policiesAtOnce to 1, or evaluation.atOnce to fewer questions.',
        ),
      )
}

/**
 * Whether the training phases of a configuration, and policies that are tested at once, have room, asked before weights are read. Of a policy that a module makes nothing is
 * known before it runs, and nothing is said. `available` as of `hasRoom`. Must not be called while an engine of this process is at work.
 *
 * Left: `NoRoom` with what each phase takes and what would be enough; `NoDecoder`, `BadCheckpoint`, `BadAdapter`.
 */
export const roomForConfig = (config: LoadedConfig, available?: number): TE.TaskEither<Fault, void> => {
  const { settings, records, place } = config
  const { policy, sft, rl, evaluation } = settings
  const asked = sft ?? rl ?? evaluation?.policiesAtOnce
  if (policy === undefined || policy.engine !== undefined || asked === undefined) return TE.right(undefined)
  return F.pipe(
    mediaOf(place, settings.media),
    TE.mapLeft((fault): Fault => fault),
    TE.flatMap(({ media }) => seenOf(config, media)),
    TE.bindTo('seen'),
    TE.bind('storage', () => keptAs(config)),
    TE.flatMapEither(({ seen: { config: model, grid, textTokens }, storage }): E.Either<Fault, void> => {
      if (model === undefined) return E.right(undefined)
      const [shape, counts] = [
        { config: model, policy, storage, grid, textTokens },
        countsOf(settings, records),
      ] as const
      return F.pipe(
        E.traverseArray(roomFor(available))(updatesOf(shape, counts)),
        E.flatMap(() => roomForPolicies(shape, counts, available)),
        E.map(() => undefined),
      )
    }),
  )
}
