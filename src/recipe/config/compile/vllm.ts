import { function as F, taskEither as TE } from 'fp-ts'
import type { Engine } from '../../../engine/index.ts'
import { readConfig } from '../../../engine/tfjs/index.ts'
import { readKeys } from '../../../engine/tinker/index.ts'
import { vllmEngine } from '../../../engine/vllm/index.ts'
import type { Fault } from '../../../flow/index.ts'
import type { RecipePolicy } from '../../policy.ts'
import type { Mistake } from '../codec/mistake.ts'
import type { PolicySetting } from '../settings/policy.ts'
import { type Place, pathAt } from './place.ts'

/** What does not go together with rollouts from vLLM. */
export const vllmMistakes = (policy: PolicySetting | undefined): readonly Mistake[] => {
  if (policy?.vllm === undefined) return []
  const path = ['policy', 'vllm']
  if (policy.engine !== undefined)
    return [
      { path, says: 'stands beside policy.engine, whose weights lie elsewhere: vLLM reads adapters from a folder' },
    ]
  return policy.adapter === undefined
    ? [{ path, says: 'needs policy.adapter: vLLM reloads adapters while it runs, and no whole weights' }]
    : []
}

/** The policy of a checkpoint's folder with its completions from vLLM, where it names one; fine-tuning samples nothing and asks nobody. */
export const sampledByVllm =
  (place: Place, { vllm }: PolicySetting, folder: string) =>
  (policy: RecipePolicy): TE.TaskEither<Fault, RecipePolicy> => {
    if (vllm === undefined) return TE.right(policy)
    const { url, adapters, adaptersThere, model, key } = vllm
    return F.pipe(
      key === undefined ? TE.right<Fault, readonly string[]>([]) : readKeys(pathAt(place, key)),
      TE.bindTo('keys'),
      TE.bindW('config', () => readConfig(folder)),
      TE.map(({ keys: [first], config: { tokens, vision } }) => {
        const sampled = (trainer: Engine): TE.TaskEither<Fault, Engine> =>
          F.pipe(
            vllmEngine(trainer, {
              ...{ url, adapters: pathAt(place, adapters) },
              pads: { image: tokens.image, video: tokens.video, mergeSize: vision.mergeSize },
              ...(adaptersThere === undefined ? {} : { adaptersThere }),
              ...(model === undefined ? {} : { model }),
              ...(first === undefined ? {} : { key: first }),
            }),
            TE.mapLeft(wrong => {
              trainer.dispose()
              return wrong
            }),
          )
        return {
          ...policy,
          open: purpose => F.pipe(policy.open(purpose), purpose === 'sft' ? open => open : TE.flatMap(sampled)),
        }
      }),
    )
  }
