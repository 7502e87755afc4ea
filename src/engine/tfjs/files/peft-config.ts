import { either as E } from 'fp-ts'
import { brief } from '../../../untrusted/index.ts'
import type { EngineFault } from '../../engine.ts'
import { isJsonObject, type JsonObject } from '../../text/json-file.ts'
import { badAdapter } from '../lora/bad-adapter.ts'
import type { AdapterShape, ByPattern, Modules } from '../lora/shape.ts'

/** Fields of adapter_config.json that are read. */
const read = [
  ...['peft_type', 'r', 'lora_alpha', 'lora_dropout', 'target_modules', 'exclude_modules', 'use_rslora'],
  ...['rank_pattern', 'alpha_pattern', 'layers_to_transform', 'layers_pattern'],
]

/** Fields that say nothing about what a loaded adapter computes. */
const silent = [
  ...['auto_mapping', 'base_model_name_or_path', 'revision', 'inference_mode', 'peft_version', 'task_type'],
  ...['megatron_core', 'qalora_group_size'],
]

/** Fields that may only have the values that this engine computes with. */
const only: Readonly<Record<string, readonly unknown[]>> = {
  bias: ['none'],
  // Others change the base weights too.
  init_lora_weights: [true, false, 'gaussian', 'orthogonal'],
}

/** What people publish under these fields, which this engine does not compute. */
const known: Readonly<Record<string, string>> = {
  use_dora: 'a DoRA adapter, which scales the columns of its weights',
  modules_to_save: 'whole modules were trained beside the adapter',
  bias: 'biases of the model were trained beside the adapter',
  trainable_token_indices: 'embeddings of single tokens were trained beside the adapter',
  init_lora_weights: 'the weights under the adapter were changed when it was made',
  layer_replication: 'the model under the adapter has layers more than once',
  target_parameters: 'parameters were adapted that are no modules',
}

/** How to come to weights that this engine reads. */
const merging =
  'Merge it in Python: PeftModel.from_pretrained(base, adapter).merge_and_unload().save_pretrained(folder), and load that folder as weights.'

const isEmpty = (value: unknown): boolean =>
  value === null ||
  value === undefined ||
  value === false ||
  (typeof value === 'object' && Object.keys(value).length === 0)

const isModules = (value: unknown): value is Modules =>
  typeof value === 'string' || (Array.isArray(value) && value.every(x => typeof x === 'string'))

/** Why this engine would not compute what the file says; empty when it would. */
const refusals = (json: JsonObject): readonly string[] =>
  Object.entries(json).flatMap(([name, value]) => {
    if (read.includes(name) || silent.includes(name)) return []
    const allowed = only[name]
    const why = Object.hasOwn(known, name) ? `: ${known[name]}` : ''
    if (allowed === undefined)
      return isEmpty(value) ? [] : [`${name} is ${brief(value)}, this engine has no such option${why}`]
    return value === undefined || allowed.includes(value)
      ? []
      : [`${name} is ${brief(value)}, this engine has ${allowed.map(x => JSON.stringify(x)).join(' and ')}${why}`]
  })

/** Reads fields one by one and collects what is wrong with them. */
const fieldReader = (fields: JsonObject) => {
  const wrong: string[] = []
  const take = <A>(name: string, is: (value: unknown) => value is A, otherwise: A, demanded: string): A => {
    const value = fields[name] ?? otherwise
    if (is(value)) return value
    wrong.push(`${name} is ${brief(fields[name])}, not ${demanded}`)
    return otherwise
  }
  return { wrong, take }
}

const isNumber = (value: unknown): value is number => typeof value === 'number'
const isFlag = (value: unknown): value is boolean => typeof value === 'boolean'
const isNumbers = (value: unknown): value is readonly number[] => Array.isArray(value) && value.every(Number.isInteger)
const isByPattern = (value: unknown): value is ByPattern =>
  isJsonObject(value) && Object.values(value).every(one => typeof one === 'number')
const orUndefined =
  <A>(is: (value: unknown) => value is A) =>
  (value: unknown): value is A | undefined =>
    value === undefined || is(value)

const listOf = <A>(value: A | readonly A[] | undefined): readonly A[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value as A]

/** The shape that fields of the right types make; what PEFT leaves out is left out. */
const shapeIn = (fields: JsonObject): readonly [wrong: readonly string[], shape: AdapterShape] => {
  const { wrong, take } = fieldReader({
    ...fields,
    ...(isNumber(fields.layers_to_transform) ? { layers_to_transform: [fields.layers_to_transform] } : {}),
  })
  const maybeModules = orUndefined(isModules)
  const rank = take('r', isNumber, Number.NaN, 'a number')
  const alpha = take('lora_alpha', isNumber, Number.NaN, 'a number')
  const targets = take('target_modules', maybeModules, undefined, 'a text or texts')
  if (targets === undefined && !wrong.some(text => text.startsWith('target_modules')))
    wrong.push(`target_modules is ${brief(fields.target_modules)}, not a text or texts`)
  for (const name of ['r', 'lora_alpha'])
    if (fields[name] === undefined || fields[name] === null)
      wrong.push(`${name} is ${brief(fields[name])}, not a number`)
  const excludes = take('exclude_modules', maybeModules, undefined, 'a text or texts')
  const rslora = take('use_rslora', isFlag, false, 'true or false')
  const dropout = take('lora_dropout', isNumber, 0, 'a number')
  const rankPattern = take('rank_pattern', isByPattern, {}, 'numbers by patterns')
  const alphaPattern = take('alpha_pattern', isByPattern, {}, 'numbers by patterns')
  const layers = take('layers_to_transform', orUndefined(isNumbers), undefined, 'whole numbers')
  const layersPattern = listOf<string>(take('layers_pattern', maybeModules, undefined, 'a text or texts'))
  return [
    wrong,
    {
      ...{ rank, alpha, targets: targets ?? [] },
      ...(excludes === undefined ? {} : { excludes }),
      ...(rslora ? { rslora } : {}),
      ...(dropout === 0 ? {} : { dropout }),
      ...(isEmpty(rankPattern) ? {} : { rankPattern }),
      ...(isEmpty(alphaPattern) ? {} : { alphaPattern }),
      ...(layers === undefined || layers.length === 0 ? {} : { layers }),
      ...(layersPattern.length === 0 ? {} : { layersPattern }),
    },
  ]
}

/**
 * The adapter that a parsed adapter_config.json of PEFT describes. `Left('BadAdapter')` names every field that is missing, of another
 * type, or asks for what this engine does not compute: nothing that would change the result is passed over, fields of later PEFTs
 * included.
 */
export const parseAdapterConfig = (json: unknown): E.Either<EngineFault, AdapterShape> => {
  if (!isJsonObject(json)) return E.left(badAdapter('adapter_config.json does not hold an object'))
  const { peft_type: type } = json
  const [wrong, shape] = shapeIn(json)
  const foreign = [
    ...(type === 'LORA' ? [] : [`peft_type is ${brief(type)}, this engine has "LORA"`]),
    ...refusals(json),
  ]
  const all = [...wrong, ...foreign]
  if (all.length === 0) return E.right(shape)
  const cause = `adapter_config.json: ${all.join('; ')}`
  return E.left(foreign.length === 0 ? badAdapter(cause) : badAdapter(cause, merging))
}

/** adapter_config.json as PEFT reads it. */
export const adapterConfigJson = (
  { rank, alpha, targets, excludes, rslora = false, ...shape }: AdapterShape,
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
  lora_dropout: shape.dropout ?? 0,
  target_modules: targets,
  exclude_modules: excludes ?? null,
  layers_to_transform: shape.layers ?? null,
  layers_pattern: shape.layersPattern ?? null,
  rank_pattern: shape.rankPattern ?? {},
  alpha_pattern: shape.alphaPattern ?? {},
  use_rslora: rslora,
  bias: 'none',
  use_dora: false,
  fan_in_fan_out: false,
  init_lora_weights: true,
  modules_to_save: null,
})
