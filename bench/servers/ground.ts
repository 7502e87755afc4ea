import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import {
  type Adapter,
  disposeAdapter,
  initAdapter,
  type Qwen25VLConfig,
  readSafetensors,
  type StoredTensor,
  tinyPolicy,
  writeAdapter,
  writeSafetensors,
} from 'kinograd/engine/tfjs'
import { must } from '../must.ts'

/** One checkpoint with one adapter, in the forms that the servers take. */
export interface Ground {
  /** A tiny Qwen2.5-VL, and the adapter over it. */
  readonly own: string
  readonly ownAdapter: string
  /** Its decoder as a Llama: without biases, and on text alone, the two are one function. The adapter under that one's names. */
  readonly llama: string
  readonly llamaAdapter: string
}

/** Of the adapter: `alpha` of 32 is the protocol's, which SkyRL knows alone. */
export const shape = { rank: 16, alpha: 32, targets: 'all-linear' } as const

const seed = 3

const llamaConfig = ({ text }: Qwen25VLConfig, eos: number) => ({
  architectures: ['LlamaForCausalLM'],
  model_type: 'llama',
  hidden_size: text.hiddenSize,
  intermediate_size: text.intermediateSize,
  num_hidden_layers: text.layers,
  num_attention_heads: text.heads,
  num_key_value_heads: text.kvHeads,
  head_dim: text.headDim,
  vocab_size: text.vocabSize,
  rms_norm_eps: text.rmsEps,
  rope_theta: text.ropeTheta,
  rope_parameters: { rope_theta: text.ropeTheta, rope_type: 'default' },
  max_position_embeddings: text.maxPositions,
  tie_word_embeddings: text.tied,
  hidden_act: 'silu',
  attention_bias: false,
  mlp_bias: false,
  dtype: 'float32',
  torch_dtype: 'float32',
  bos_token_id: null,
  eos_token_id: eos,
  pad_token_id: eos,
})

const ofDecoder = (name: string): boolean => name.startsWith('model.') || name.startsWith('lm_head.')

/** The decoder of a checkpoint as a Llama; its biases must be zero. */
const writeLlama = async (from: string, to: string, config: Qwen25VLConfig, eos: number): Promise<void> => {
  await mkdir(to, { recursive: true })
  const { tensors } = must(await readSafetensors(join(from, 'model.safetensors'))())
  const kept = new Map<string, StoredTensor>()
  for (const [name, tensor] of tensors) {
    if (!ofDecoder(name)) continue
    if (!name.endsWith('.bias')) kept.set(name, tensor)
    else if (tensor.data.some(x => x !== 0)) throw new Error(`${name} is not zero, and a Llama has no bias`)
  }
  must(await writeSafetensors(join(to, 'model.safetensors'), kept, { format: 'pt' })())
  await writeFile(join(to, 'config.json'), JSON.stringify(llamaConfig(config, eos), null, 2))
  for (const file of ['tokenizer.json', 'tokenizer_config.json']) await copyFile(join(from, file), join(to, file))
}

/** An adapter that changes what the model says: a fresh one has B = 0. */
const busyAdapter = (config: Qwen25VLConfig): Adapter => {
  const fresh = must(initAdapter(config, shape, seed))
  let at = 0
  const filled = (b: tf.Tensor): tf.Tensor => {
    const values = Float32Array.from({ length: b.size }, () => 0.03 * Math.sin(12.9898 * ++at))
    b.dispose()
    return tf.tensor(values, b.shape)
  }
  return {
    ...fresh,
    matrices: new Map(
      [...fresh.matrices].map(([name, x]) => [
        name,
        ofDecoder(name) && name.endsWith('.lora_B.weight') ? filled(x) : x,
      ]),
    ),
  }
}

const targets = ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj']

/** The decoder's part of an adapter as PEFT has it for a Llama. */
const writeLlamaAdapter = async (from: string, to: string, base: string): Promise<void> => {
  await mkdir(to, { recursive: true })
  const { tensors } = must(await readSafetensors(join(from, 'adapter_model.safetensors'))())
  const renamed = [...tensors].flatMap(([name, tensor]) =>
    name.includes('.language_model.') ? [[name.replace('.language_model.', '.'), tensor] as const] : [],
  )
  must(await writeSafetensors(join(to, 'adapter_model.safetensors'), new Map(renamed), { format: 'pt' })())
  const config = {
    ...{ peft_type: 'LORA', task_type: 'CAUSAL_LM', base_model_name_or_path: base, bias: 'none' },
    ...{ r: shape.rank, lora_alpha: shape.alpha, lora_dropout: 0, target_modules: targets, inference_mode: false },
  }
  await writeFile(join(to, 'adapter_config.json'), JSON.stringify(config, null, 2))
}

/** Writes them below a folder. */
export const makeGround = async (root: string): Promise<Ground & { readonly eos: number }> => {
  const at = (name: string): string => join(root, name)
  const ground = {
    ...{ own: at('own'), ownAdapter: at('own-adapter') },
    ...{ llama: at('llama'), llamaAdapter: at('llama-adapter') },
  }
  const { engine, tokenizer, config, write } = tinyPolicy({ seed, width: 64, layers: 2, maxPositions: 512 })
  must(await write(ground.own)())
  engine.dispose()
  await writeLlama(ground.own, ground.llama, config, tokenizer.eos)
  const adapter = busyAdapter(config)
  must(await writeAdapter(ground.ownAdapter, adapter)())
  disposeAdapter(adapter)
  await writeLlamaAdapter(ground.ownAdapter, ground.llamaAdapter, ground.llama)
  return { ...ground, eos: tokenizer.eos }
}
