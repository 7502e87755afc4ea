import { brief } from '../../../untrusted/index.ts'
import type { Foreign } from '../../text/file-kinds.ts'
import { isJsonObject } from '../../text/json-file.ts'

const original = 'take the checkpoint in BF16 from which it was made'

/** Weights in fewer bits, by the name that transformers has for the method. */
const methods: Readonly<Record<string, Foreign>> = {
  awq: { what: 'weights of AWQ, 4 bits in groups', how: original },
  gptq: { what: 'weights of GPTQ, 2 to 8 bits in groups', how: original },
  fp8: {
    what: 'weights in FP8',
    how: `${original}, or load it with quantization_config=FineGrainedFP8Config(dequantize=True) and save it with save_pretrained`,
  },
  bitsandbytes: {
    what: 'weights of bitsandbytes, 4 or 8 bits',
    how: 'load it in transformers, call dequantize() and save_pretrained',
  },
}

/** What `quantization_config` of a config.json says, where it says something. */
export const quantised = (config: unknown): Foreign | undefined => {
  if (config === undefined || config === null) return undefined
  const method = isJsonObject(config) ? config.quant_method : undefined
  const name =
    typeof method === 'string'
      ? method
      : isJsonObject(config) && (config.load_in_4bit === true || config.load_in_8bit === true)
        ? 'bitsandbytes'
        : ''
  const known = Object.hasOwn(methods, name) ? methods[name] : name.includes('fp8') ? methods.fp8 : undefined
  return known ?? { what: `weights in fewer bits, by the method ${brief(method)}`, how: original }
}

const renaming = (part: string): string =>
  `save them again as {name.replace('${part}', ''): tensor} with safetensors.torch.save_file`

/** What tensors of others are called, with what they are then. */
const signs: readonly (readonly [name: RegExp, Foreign])[] = [
  [/\.g_idx$/, methods.gptq!],
  [/\.(qweight|qzeros)$/, { what: 'weights of AWQ or GPTQ, 4 bits in groups', how: original }],
  [/quant_state\.bitsandbytes|\.(absmax|quant_map|SCB)$/, methods.bitsandbytes!],
  [/\.(weight_scale(_inv)?|input_scale|weight_packed)$/, methods.fp8!],
  [
    /_fsdp_wrapped_module\./,
    {
      what: 'names of a model that FSDP wraps',
      how: `save with full_state_dict, or ${renaming('_fsdp_wrapped_module.')}`,
    },
  ],
  [
    /_checkpoint_wrapped_module\./,
    { what: 'names of a model whose activations are checkpointed', how: renaming('_checkpoint_wrapped_module.') },
  ],
  [
    /_orig_mod\./,
    { what: 'names of a model that torch.compile wraps', how: `save model._orig_mod, or ${renaming('_orig_mod.')}` },
  ],
  [/^_forward_module\./, { what: 'names of a model that Lightning wraps', how: renaming('_forward_module.') }],
  [
    /\.base_layer\.|^base_model\.model\./,
    {
      what: 'weights under the adapter of a PEFT model',
      how: 'save model.merge_and_unload() with save_pretrained, or the adapter alone with model.save_pretrained',
    },
  ],
  [
    /^module\./,
    {
      what: 'names of a model that DistributedDataParallel or DeepSpeed wraps',
      how: `save model.module, or ${renaming('module.')}`,
    },
  ],
  [
    /\.(qkv_proj|gate_up_proj)\.|^language_model\.model\./,
    { what: "names of vLLM's own model, which joins projections", how: 'save the checkpoint that vLLM had loaded' },
  ],
]

/** What tensors are that have other names than this model's, where it is known; with the first such name. */
export const foreignNames = (names: Iterable<string>): (Foreign & { readonly name: string }) | undefined => {
  const all = [...names]
  for (const [pattern, foreign] of signs) {
    const name = all.find(one => pattern.test(one))
    if (name !== undefined) return { name, ...foreign }
  }
  return undefined
}

/** What matrices of an adapter are that are named otherwise than PEFT's files have them. */
const adapterSigns: readonly (readonly [name: RegExp, Foreign])[] = [
  [
    /lora_magnitude_vector/,
    {
      what: 'a DoRA adapter, which scales the columns of its weights',
      how: 'merge it in Python with merge_and_unload() and load the weights',
    },
  ],
  [
    /\.(modules_to_save|original_module)\./,
    {
      what: 'an adapter with whole modules beside it',
      how: 'merge it in Python with merge_and_unload() and load the weights',
    },
  ],
  [
    /\.lora_[AB]\.[^.]+\.weight$/,
    {
      what: "a state_dict of a PEFT model, with the adapter's name in those of its matrices",
      how: 'save it with model.save_pretrained, which leaves that out',
    },
  ],
  [
    /_fsdp_wrapped_module\.|_orig_mod\.|_checkpoint_wrapped_module\.|^module\.|^_forward_module\./,
    {
      what: 'names of a model that FSDP, torch.compile, DistributedDataParallel or Lightning wraps',
      how: 'unwrap it (accelerator.unwrap_model) and save it with save_pretrained',
    },
  ],
  [
    /^(lora_unet|lora_te|diffusion_model)/,
    { what: 'an adapter in the names of kohya, of another kind of model', how: 'give an adapter of PEFT' },
  ],
]

/** As `foreignNames`, of an adapter's matrices. */
export const foreignMatrices = (names: Iterable<string>): (Foreign & { readonly name: string }) | undefined => {
  const all = [...names]
  for (const [pattern, foreign] of adapterSigns) {
    const name = all.find(one => pattern.test(one))
    if (name !== undefined) return { name, ...foreign }
  }
  return undefined
}
