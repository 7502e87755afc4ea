import { function as F, taskEither as TE } from 'fp-ts'
import { readSafetensors, type UpdateShape } from '../../../engine/tfjs/index.ts'
import type { Fault } from '../../../flow/index.ts'
import { pathAt } from '../compile/place.ts'
import type { LoadedConfig } from '../load.ts'

/** How weights are kept, as `predictMemory` knows it. */
export type Kept = NonNullable<UpdateShape['storage']>

/** A matrix that every checkpoint has, by both schemes of names: the others are stored as it is. */
const first = /\.layers\.0\.self_attn\.q_proj\.weight$/

/** How the weights of a configuration's checkpoint are kept: as it asks, else as they are stored. */
export const keptAs = ({ settings: { policy = {} }, place }: LoadedConfig): TE.TaskEither<Fault, Kept> => {
  const { storage = 'auto', checkpoint } = policy
  if (storage !== 'auto') return TE.right(storage)
  if (checkpoint === undefined) return TE.right('float32')
  return F.pipe(
    readSafetensors(pathAt(place, checkpoint), { wants: name => first.test(name) }),
    TE.map(({ tensors }) => ([...tensors.values()].every(({ dtype }) => dtype === 'F32') ? 'float32' : 'bfloat16')),
  )
}
