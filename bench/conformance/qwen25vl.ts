import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { type BackendChoice, inspect, readSafetensors, ropeIndex, selectBackend } from 'kinograd/engine/tfjs'
import type { Check } from './quantity.ts'
import { checkAdapter } from './qwen25vl/adapter.ts'
import { bound, ofLargest, ofNorm, unequal, worst } from './qwen25vl/errors.ts'
import { type Golden, orThrow, readGolden } from './qwen25vl/golden.ts'
import { catchingEngine, familyOf, objectives } from './qwen25vl/gradients.ts'
import { greedyDifferences, tie } from './qwen25vl/greedy.ts'
import { checkStored } from './qwen25vl/stored.ts'

/** The folder itself where it is a case, else the cases that it holds. */
const casesAt = async (path: string): Promise<readonly string[]> =>
  existsSync(join(path, 'golden.json'))
    ? [path]
    : (await readdir(path))
        .sort()
        .map(name => join(path, name))
        .filter(folder => existsSync(join(folder, 'golden.json')))

const checkInputs = (
  { config, layout, prompt, completion, numbers, has }: Golden,
  { note }: ReturnType<typeof worst>,
) => {
  const [first, last] = [prompt.media[0], prompt.media.at(-1)]
  if (has('pixel_values')) note('patches of the image', ofLargest(first?.values ?? [], numbers('pixel_values')), bound)
  note('patches of the clip', ofLargest(last?.values ?? [], numbers('pixel_values_videos')), bound)
  const sequence = { ids: Int32Array.from([...prompt.ids, ...completion]), media: prompt.media }
  const { positions, delta } = ropeIndex(sequence, config, layout)
  note('position ids that differ', unequal(positions, numbers('position_ids')), 0)
  note('rope delta', Math.abs(delta - (numbers('rope_delta')[0] ?? Number.NaN)), 0)
  return sequence
}

const checkCase = async (golden: Golden, seen: ReturnType<typeof worst>): Promise<void> => {
  const { config, layout, prompt, completion, numbers, has, directory } = golden
  const { note } = seen
  const sequence = checkInputs(golden, seen)
  const { tensors } = orThrow(await readSafetensors(directory)())
  const parameters = new Map([...tensors].map(([name, { data, shape }]) => [name, tf.tensor(data, [...shape])]))
  const { vision, logits } = inspect({ config, parameters, layout }, sequence)
  const images = has('image_embeds') ? numbers('image_embeds') : []
  if (images.length > 0) note('image embeddings', ofLargest(vision.subarray(0, images.length), images), bound)
  note('clip embeddings', ofLargest(vision.subarray(images.length), numbers('vision_embeds')), bound)
  note('logits', ofLargest(logits, numbers('logits')), bound)
  const { engine, gradient } = await catchingEngine(golden)
  const [logprobs = []] = orThrow(await engine.logprobs([{ prompt, completions: [completion] }])())
  note('log-probabilities', ofLargest(logprobs, numbers('completion_logprobs')), bound)
  const expected = Int32Array.from(numbers('greedy_ids'))
  const greedy = { count: 1, maxTokens: expected.length, temperature: 0, stop: [], seed: 0 }
  const sampled = orThrow(await engine.sample([prompt], greedy)())[0]?.[0]?.ids ?? new Int32Array()
  const name = `greedy ids that differ (ties below ${tie} of a logit count as equal)`
  note(name, greedyDifferences(golden, parameters, expected, sampled), 0)
  for (const [kind, objective] of Object.entries(objectives(golden)) as ['sft' | 'policy', never][]) {
    const { loss, byName } = await gradient(objective)
    note(`${kind} loss`, ofLargest([loss], numbers(`${kind}_loss`)), bound)
    for (const [tensor, values] of await golden.gradients(kind))
      note(`${kind} gradient: ${familyOf(tensor)}`, ofNorm(byName.get(tensor) ?? [], values), bound)
  }
  engine.dispose()
  tf.dispose([...parameters.values()])
  await checkStored(golden, seen)
  if (golden.adapter !== undefined) await checkAdapter(golden, golden.adapter, seen)
}

/** A case of Hugging Face's Qwen2.5-VL, or a folder of them, against the engine; on `native` or `wasm`, the best when not given. */
export const check: Check = async (path, backend) => {
  const selected = orThrow(await selectBackend(backend === undefined ? {} : { backend: backend as BackendChoice })())
  console.log(`backend: ${selected.detail}`)
  const seen = worst()
  for (const directory of await casesAt(path)) {
    const golden = await readGolden(directory)
    console.log(`${directory}: positions of ${golden.layouts.join(' and ')}`)
    for (const layout of golden.layouts) await checkCase({ ...golden, layout }, seen)
  }
  return seen.quantities()
}
