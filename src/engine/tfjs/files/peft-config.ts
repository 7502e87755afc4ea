import { either as E } from 'fp-ts'
import { brief } from '../../../untrusted/index.ts'
import type { EngineFault } from '../../engine.ts'
import type { AdapterShape } from '../lora/targets.ts'
import { badAdapter, type Modules } from '../lora/targets.ts'

/** Fields of adapter_config.json that are read. */
const read = ['peft_type', 'r', 'lora_alpha', 'target_modules', 'exclude_modules', 'use_rslora']

/** Fields that say nothing about what a loaded adapter computes. */
const silent = [
  ...['auto_mapping', 'base_model_name_or_path', 'revision', 'inference_mode', 'peft_version', 'task_type'],
  ...['megatron_core', 'qalora_group_size'],
]

/** Fields that may only have the values that this engine computes with. */
const only: Readonly<Record<string, readonly unknown[]>> = {
  bias: ['none'],
  lora_dropout: [0],
  // Others change the base weights too.
  init_lora_weights: [true, false, 'gaussian', 'orthogonal'],
}

const isEmpty = (value: unknown): boolean =>
  value === null ||
  value === undefined ||
  value === false ||
  (typeof value === 'object' && Object.keys(value as object).length === 0)

const isModules = (value: unknown): value is Modules =>
  typeof value === 'string' || (Array.isArray(value) && value.every(x => typeof x === 'string'))

/** Why this engine would not compute what the file says; empty when it would. */
const refusals = (json: Readonly<Record<string, unknown>>): readonly string[] =>
  Object.entries(json).flatMap(([name, value]) => {
    if (read.includes(name) || silent.includes(name)) return []
    const allowed = only[name]
    if (allowed === undefined)
      return isEmpty(value) ? [] : [`${name} is ${brief(value)}, this engine has no such option`]
    return value === undefined || allowed.includes(value)
      ? []
      : [`${name} is ${brief(value)}, this engine has ${allowed.map(x => JSON.stringify(x)).join(' and ')}`]
  })

/**
 * The adapter that a parsed adapter_config.json of PEFT describes. `Left('BadAdapter')` names every field that is missing, of another
 * type, or asks for what this engine does not compute: nothing that would change the result is passed over, fields of later PEFTs
 * included.
 */
export const parseAdapterConfig = (json: unknown): E.Either<EngineFault, AdapterShape> => {
  if (typeof json !== 'object' || json === null)
    return E.left(badAdapter('adapter_config.json does not hold an object'))
  const fields = json as Readonly<Record<string, unknown>>
  const { peft_type: type, r, lora_alpha: alpha, target_modules: targets, exclude_modules: excludes = null } = fields
  const { use_rslora: rslora = false } = fields
  const wrong = [
    ...(type === 'LORA' ? [] : [`peft_type is ${brief(type)}, this engine has "LORA"`]),
    ...(typeof r === 'number' ? [] : [`r is ${brief(r)}, not a number`]),
    ...(typeof alpha === 'number' ? [] : [`lora_alpha is ${brief(alpha)}, not a number`]),
    ...(isModules(targets) ? [] : [`target_modules is ${brief(targets)}, not a text or texts`]),
    ...(excludes === null || isModules(excludes) ? [] : [`exclude_modules is ${brief(excludes)}, not a text or texts`]),
    ...(typeof rslora === 'boolean' ? [] : [`use_rslora is ${brief(rslora)}, not true or false`]),
    ...refusals(fields),
  ]
  if (wrong.length > 0) return E.left(badAdapter(`adapter_config.json: ${wrong.join('; ')}`))
  return E.right({
    rank: r as number,
    alpha: alpha as number,
    targets: targets as Modules,
    ...(isModules(excludes) ? { excludes } : {}),
    ...(rslora === true ? { rslora } : {}),
  })
}

/** adapter_config.json as PEFT reads it. */
export const adapterConfigJson = (
  { rank, alpha, targets, excludes, rslora = false }: AdapterShape,
  baseModel: string | undefined,
): object => ({
  peft_type: 'LORA',
  task_type: null,
  auto_mapping: {
    base_model_class: 'Qwen2_5_VLForConditionalGeneration',
    parent_library: 'transformers.models.qwen2_5_vl.modeling_qwen2_5_vl',
  },
  base_model_name_or_path: baseModel ?? null,
  inference_mode: true,
  r: rank,
  lora_alpha: alpha,
  lora_dropout: 0,
  target_modules: targets,
  exclude_modules: excludes ?? null,
  use_rslora: rslora,
  bias: 'none',
  use_dora: false,
  fan_in_fan_out: false,
  init_lora_weights: true,
  modules_to_save: null,
})
