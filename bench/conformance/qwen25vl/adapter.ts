import * as tf from '@tensorflow/tfjs-core'
import { mergeAdapter, readAdapter, readSafetensors, tfjsEngine } from 'kinograd/engine/tfjs'
import { bound, ofLargest, ofNorm, type worst } from './errors.ts'
import { type Golden, orThrow } from './golden.ts'
import { catching, catchingEngine, familyOf, objectives } from './gradients.ts'

/** What a case says of its low-rank adapter, read from PEFT's files: beside the weights, merged into them, and switched off. */
export const checkAdapter = async (
  golden: Golden,
  folder: string,
  { note }: Pick<ReturnType<typeof worst>, 'note'>,
): Promise<void> => {
  const { config, layout, directory, prompt, completion, numbers } = golden
  const groups = [{ prompt, completions: [completion] }]
  const adapter = orThrow(await readAdapter(folder, config)())
  const { tensors } = orThrow(await readSafetensors(directory)())
  const weights = new Map([...tensors].map(([name, { data, shape }]) => [name, tf.tensor(data, [...shape])]))
  const merged = mergeAdapter(weights, adapter)
  for (const [name, weight] of weights) if (merged.get(name) !== weight) weight.dispose()
  const alone = tfjsEngine({ config, parameters: merged, layout, optimiser: catching(() => {}) })
  const { engine, gradient } = await catchingEngine(golden, adapter)
  const expected = numbers('lora_completion_logprobs')
  const compare = async (name: string, logprobs: ReturnType<typeof engine.logprobs>, to: typeof expected) =>
    note(name, ofLargest(orThrow(await logprobs())[0] ?? [], to), bound)
  await compare('LoRA log-probabilities', engine.logprobs(groups), expected)
  await compare('LoRA log-probabilities, merged', alone.logprobs(groups), expected)
  await compare(
    'log-probabilities, LoRA off',
    engine.logprobs(groups, undefined, { adapter: 'off' }),
    numbers('completion_logprobs'),
  )
  const { loss, byName } = await gradient(objectives(golden).policy)
  note('LoRA policy loss', ofLargest([loss], numbers('lora_policy_loss')), bound)
  for (const [matrix, values] of await golden.gradients('lora_policy'))
    note(`LoRA policy gradient: ${familyOf(matrix)}`, ofNorm(byName.get(matrix) ?? [], values), bound)
  engine.dispose()
  alone.dispose()
}
