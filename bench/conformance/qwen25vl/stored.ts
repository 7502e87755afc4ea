import * as tf from '@tensorflow/tfjs-core'
import { initAdapter, inspect, type Parameters, readWeights, tfjsEngine } from 'kinograd/engine/tfjs'
import { ofLargest, type worst } from './errors.ts'
import { type Golden, orThrow } from './golden.ts'
import { catching } from './gradients.ts'
import { greedyDifferences } from './greedy.ts'

/** The error of a number in bfloat16, of its size. */
const storedBound = 2 ** -8

/** Rounded to the nearest number in bfloat16, half to even. */
const rounded = (values: Float32Array): Float32Array => {
  const bits = new Uint32Array(Float32Array.from(values).buffer)
  return new Float32Array(bits.map(word => (word + 0x7fff + ((word >>> 16) & 1)) & 0xffff0000).buffer)
}

/** The case's weights in float32, its matrices rounded. */
const roundedWeights = async ({ directory, config }: Golden): Promise<Parameters> => {
  const { parameters } = orThrow(await readWeights(directory, config)())
  return new Map(
    [...parameters].map(([name, x]) => {
      if (x.rank === 1) return [name, x]
      const numbers = tf.tensor(rounded(x.dataSync<'float32'>()), x.shape)
      x.dispose()
      return [name, numbers]
    }),
  )
}

/**
 * The case with its weights in bfloat16, as they are under an adapter, in tensors and in the decoding kernel, beside the same rounded numbers in
 * float32. (What rounding by itself changes depends on the model: `bench/NOTES.md`.)
 */
export const checkStored = async (golden: Golden, { note }: Pick<ReturnType<typeof worst>, 'note'>): Promise<void> => {
  const { config, layout, directory, prompt, completion, numbers } = golden
  const sequence = { ids: Int32Array.from([...prompt.ids, ...completion]), media: prompt.media }
  const of = async (parameters: Parameters) => {
    const { logits } = inspect({ config, parameters, layout }, sequence)
    const adapter = orThrow(initAdapter(config, { rank: 1, alpha: 1, targets: ['q_proj'] }, 0))
    const engine = tfjsEngine({ config, parameters, adapter, layout, optimiser: catching(() => {}) })
    const [logprobs = []] = orThrow(await engine.logprobs([{ prompt, completions: [completion] }])())
    const greedy = { count: 1, maxTokens: numbers('greedy_ids').length, temperature: 0, stop: [], seed: 0 }
    const [group = []] = orThrow(await engine.sample([prompt], greedy)())
    const ids = group[0]?.ids ?? new Int32Array()
    return { logits, logprobs, ids, engine }
  }
  const parameters = await roundedWeights(golden)
  const plain = await of(parameters)
  const stored = await of(orThrow(await readWeights(directory, config, { storage: 'bfloat16' })()).parameters)
  note('logits, weights in bfloat16', ofLargest(stored.logits, plain.logits), storedBound)
  note('log-probabilities, weights in bfloat16', ofLargest(stored.logprobs, plain.logprobs), storedBound)
  note('greedy ids that differ, weights in bfloat16', greedyDifferences(golden, parameters, plain.ids, stored.ids), 0)
  plain.engine.dispose()
  stored.engine.dispose()
}
