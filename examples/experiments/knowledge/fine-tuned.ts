import { join } from 'node:path'
import { either as E, taskEither as TE } from 'fp-ts'
import type { CotRecord } from 'kinograd/dataset'
import { cosine } from 'kinograd/engine/tfjs'
import type { Fault } from 'kinograd/flow'
import { performRecipe } from 'kinograd/recipe'
import { fromRecords } from 'kinograd/stages'
import type { Place } from '../experiment.ts'
import type { Groundwork } from '../groundwork.ts'
import { keyOf } from '../key.ts'

/** How long a policy that reads the world learns a new kind of question. */
const stepsOf = ({ preset }: Place): number => (preset.name === 'quick' ? 4 : 200)

const each = async function* (chains: readonly CotRecord[]) {
  for (const chain of chains) yield E.right(chain)
}

/** Goes on with the fine-tuning of a groundwork on other chains; gives the folder of the checkpoint. Done once, gone on with when stopped. */
export const fineTuned = (
  place: Place,
  { recipe, checkpoint, key, seed }: Groundwork,
  name: string,
  chains: readonly CotRecord[],
): TE.TaskEither<Fault, string> => {
  const { groundwork: _, data: __, rl: ___, evaluation: ____, grading: _____, minutes: ______, ...rest } = recipe
  const [steps, batch] = [stepsOf(place), place.preset.sft.batch]
  const directory = join(place.cache, `${name}-from-${key}-${keyOf([steps, batch])}`)
  const { backend, signal, status } = place
  return TE.map(() => join(directory, 'checkpoints', 'sft'))(
    performRecipe(
      {
        ...rest,
        title: `Fine-tuning ${name}, seed ${seed}`,
        directory,
        settings: { groundwork: key, name, steps, batch },
        sft: {
          steps,
          batch,
          start: checkpoint,
          rate: cosine(5e-4, { steps, warmup: Math.min(20, steps) }),
          chains: { files: [], read: () => fromRecords(each(chains)) },
        },
      },
      { resume: true, backend, signal, ...(status === undefined ? {} : { status }) },
    ),
  )
}
