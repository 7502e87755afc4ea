import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { fault, messageOf } from '../../../flow/index.ts'
import { brief } from '../../../untrusted/index.ts'
import type { EngineFault } from '../../engine.ts'
import { checkpointFolder } from '../../text/checkpoint-folder.ts'
import { foreignFile, sentence } from '../../text/file-kinds.ts'
import { readJson } from '../../text/json-file.ts'
import type { Qwen25VLConfig } from '../model/config.ts'
import { checkConfig } from './check-config.ts'
import { quantised } from './foreign-weights.ts'

type Json = Readonly<Record<string, unknown>>

/** Where a reader stands: an object of the file with its path, or several that are searched in order. */
type Place = readonly (readonly [path: string, object: Json])[]

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)

const unreadable = (cause: string) =>
  fault('BadCheckpoint', cause, 'Give the config.json of a Qwen2.5-VL as Hugging Face writes it.')

/** A list of more numbers is none of a model's. */
const longestList = 1024

/** Collects what is wrong, so that one pass names every bad field. */
const reader = () => {
  const wrong: string[] = []
  const find = (place: Place, names: readonly string[]) => {
    for (const [path, object] of place)
      for (const name of names)
        if (object[name] !== undefined && object[name] !== null) return { path: `${path}${name}`, value: object[name] }
    return { path: `${place[0]?.[0] ?? ''}${names[0]}`, value: undefined }
  }
  const number = (place: Place, names: readonly string[], otherwise?: number): number => {
    const { path, value } = find(place, names)
    if (value === undefined && otherwise !== undefined) return otherwise
    if (typeof value === 'number' && Number.isFinite(value)) return value
    wrong.push(value === undefined ? `${path} is missing` : `${path} is ${brief(value)}, not a number`)
    return Number.NaN
  }
  const numbers = (place: Place, names: readonly string[], otherwise?: readonly number[]): readonly number[] => {
    const { path, value } = find(place, names)
    if (value === undefined && otherwise !== undefined) return otherwise
    if (Array.isArray(value) && value.length <= longestList && value.every(x => Number.isInteger(x) && x >= 0))
      return value
    wrong.push(value === undefined ? `${path} is missing` : `${path} is ${brief(value)}, not whole numbers`)
    return []
  }
  const flag = (place: Place, names: readonly string[]): boolean => {
    const { path, value } = find(place, names)
    if (typeof value === 'boolean') return value
    wrong.push(value === undefined ? `${path} is missing` : `${path} is ${brief(value)}, not true or false`)
    return false
  }
  /** A field that may only have the values this engine computes with. */
  const only = (place: Place, name: string, allowed: readonly unknown[]): void => {
    const { path, value } = find(place, [name])
    if (value !== undefined && !allowed.includes(value))
      wrong.push(`${path} is ${brief(value)}, this engine has ${allowed.map(x => JSON.stringify(x)).join(' and ')}`)
  }
  return { wrong, number, numbers, flag, only }
}

/**
 * The sizes in a parsed config.json: the flat layout of transformers 4 (text fields at the top) and the nested one of 4.52 and 5
 * (`text_config`). Vision fields that some copies on the hub leave out take the values that both released sizes share
 * (arXiv 2502.13923, table 1);
 * those on which sources differ (`vision_config.hidden_size`, `tokens_per_second`) must be there. `Left('BadCheckpoint')` names
 * every field that is missing, of another type, or asks for what this engine does not compute.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { parseConfig } from 'kinograd/engine/tfjs'
 *
 * const parsed = parseConfig({ model_type: 'qwen2_5_vl', hidden_size: '2048' })
 * // Every field that is missing or wrong is named.
 * assert(E.isLeft(parsed) && parsed.left._tag === 'BadCheckpoint')
 * assert.match(parsed.left.cause, /hidden_size.*vision_config\.hidden_size/)
 * ```
 */
export const parseConfig = (json: unknown): E.Either<EngineFault, Qwen25VLConfig> => {
  if (!isObject(json)) return E.left(unreadable('config.json does not hold an object'))
  const { wrong, number, numbers, flag, only } = reader()
  const nested: Place = isObject(json.text_config) ? [['text_config.', json.text_config]] : []
  const top: Place = [['', json]]
  const text: Place = [...nested, ...top]
  const vision: Place = [['vision_config.', isObject(json.vision_config) ? json.vision_config : {}]]
  const rope: Place = text.flatMap(([path, object]) =>
    ['rope_parameters', 'rope_scaling'].flatMap((name): Place => {
      const inner = object[name]
      return isObject(inner) ? [[`${path}${name}.`, inner]] : []
    }),
  )
  const bits = quantised(json.quantization_config ?? nested[0]?.[1].quantization_config)
  if (bits !== undefined) return E.left(unreadable(`config.json: quantization_config says ${sentence(bits)}`))
  only(top, 'model_type', ['qwen2_5_vl'])
  only(text, 'hidden_act', ['silu'])
  only(text, 'use_sliding_window', [false])
  only(vision, 'hidden_act', ['silu'])
  for (const name of ['type', 'rope_type']) only(rope, name, ['mrope', 'default'])
  const hiddenSize = number(text, ['hidden_size'])
  const heads = number(text, ['num_attention_heads'])
  const config: Qwen25VLConfig = {
    text: {
      hiddenSize,
      intermediateSize: number(text, ['intermediate_size']),
      layers: number(text, ['num_hidden_layers']),
      heads,
      kvHeads: number(text, ['num_key_value_heads']),
      headDim: number(text, ['head_dim'], hiddenSize / heads),
      vocabSize: number(text, ['vocab_size']),
      rmsEps: number(text, ['rms_norm_eps']),
      ropeTheta: number([...rope, ...text], ['rope_theta']),
      mropeSection: numbers(rope.length > 0 ? rope : [['rope_scaling.', {}]], ['mrope_section']) as [
        number,
        number,
        number,
      ],
      maxPositions: number(text, ['max_position_embeddings']),
      tied: flag([...top, ...nested], ['tie_word_embeddings']),
    },
    vision: {
      depth: number(vision, ['depth'], 32),
      hiddenSize: number(vision, ['hidden_size']),
      intermediateSize: number(vision, ['intermediate_size'], 3420),
      heads: number(vision, ['num_heads'], 16),
      inChannels: number(vision, ['in_channels', 'in_chans'], 3),
      patchSize: number(vision, ['patch_size'], 14),
      temporalPatchSize: number(vision, ['temporal_patch_size'], 2),
      mergeSize: number(vision, ['spatial_merge_size'], 2),
      windowSize: number(vision, ['window_size'], 112),
      fullAttentionBlocks: numbers(vision, ['fullatt_block_indexes'], [7, 15, 23, 31]),
      outHiddenSize: number(vision, ['out_hidden_size'], hiddenSize),
      tokensPerSecond: number(vision, ['tokens_per_second']),
    },
    tokens: {
      image: number(top, ['image_token_id']),
      video: number(top, ['video_token_id']),
      visionStart: number(text, ['vision_start_token_id']),
      visionEnd: number(text, ['vision_end_token_id']),
    },
  }
  const faults = wrong.length > 0 ? wrong : checkConfig(config)
  return faults.length === 0 ? E.right(config) : E.left(unreadable(`config.json: ${faults.join('; ')}`))
}

/** Reads `config.json` of a checkpoint's folder, or of a hub's cache (`checkpointFolder`). `Left('BadCheckpoint')` also where the file is missing or is not JSON. */
export const readConfig = (directory: string): TE.TaskEither<EngineFault, Qwen25VLConfig> =>
  F.pipe(
    checkpointFolder(directory),
    TE.flatMap(folder =>
      F.pipe(
        TE.tryCatch(() => readJson(join(folder, 'config.json')), messageOf),
        TE.orElse(why => async () => {
          const foreign = foreignFile(await readdir(folder).catch(() => []))
          const there = foreign === undefined ? '' : `; ${foreign.name} is ${sentence(foreign)}`
          return E.left(unreadable(`${folder}: ${why}${there}`))
        }),
      ),
    ),
    TE.flatMapEither(parseConfig),
  )
