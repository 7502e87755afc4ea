import type { PolicyOptions } from '../../../engine/tfjs/index.ts'
import type { PolicySetting } from '../settings/policy.ts'
import type { RunSettings } from '../settings/run-settings.ts'

const adapterOf = ({
  rank,
  alpha = 2 * rank,
  targets = ['all-linear'],
  seed,
}: NonNullable<PolicySetting['adapter']>) => ({
  rank,
  alpha,
  targets: targets.length === 1 && targets[0] === 'all-linear' ? 'all-linear' : targets,
  ...(seed === undefined ? {} : { seed }),
})

/** How `loadPolicy` loads the policy of a setting. */
export const policyOptions = (
  { adapter, optimiser, frozen, checkpointing, groupsAtOnce, completionsAtOnce, storage, maxTokens }: PolicySetting,
  backend: RunSettings['backend'],
): PolicyOptions => ({
  ...(backend === undefined ? {} : { backend }),
  ...(adapter === undefined ? {} : { adapter: adapterOf(adapter) }),
  ...(optimiser === undefined ? {} : { optimiser }),
  ...(frozen === undefined ? {} : { frozen }),
  ...(checkpointing === undefined ? {} : { checkpointing }),
  ...(groupsAtOnce === undefined ? {} : { groupsAtOnce }),
  ...(completionsAtOnce === undefined ? {} : { completionsAtOnce }),
  ...(storage === undefined ? {} : { storage }),
  ...(maxTokens === undefined ? {} : { maxTokens }),
})
