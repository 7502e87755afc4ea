import { ExtData, encode } from '@msgpack/msgpack'
import { either as E } from 'fp-ts'
import type { Patches } from '../../media/index.ts'
import type { EngineFault, Prompt } from '../engine.ts'
import { mediaHash } from '../text/media-hash.ts'
import { type PadTokens, runsOfPads } from '../tinker/remote/pads.ts'

/** Media of a prompt as vLLM's `MultiModalFeatures` (`vllm/entrypoints/scale_out/token_in_token_out/protocol.py`). */
export interface Features {
  readonly mm_hashes: Readonly<Record<string, readonly string[]>>
  readonly mm_placeholders: Readonly<Record<string, readonly { readonly offset: number; readonly length: number }[]>>
  readonly kwargs_data: Readonly<Record<string, readonly string[]>>
}

/** `CUSTOM_TYPE_RAW_VIEW` of `vllm/v1/serial_utils.py`: bytes of a tensor, in the message itself. */
const rawView = 3

const tensor = (dtype: string, shape: readonly number[], { buffer, byteOffset, byteLength }: ArrayBufferView) =>
  [dtype, shape, new ExtData(rawView, new Uint8Array(buffer, byteOffset, byteLength))] as const

/** Values of one medium, stacked along their first dimension. */
const flat = (rows: number) => ['flat', { keep_on_cpu: false, slices: [[0, rows, null]], dim: 0 }] as const
const batched = ['batched', { keep_on_cpu: true }] as const

/**
 * A medium as a `MultiModalKwargsItem` in base64 (`mm_serde.py` and `serial_utils.py` beside it): the very patches that were cut here,
 * with grid and seconds per grid, from which the server's positions follow.
 */
const itemOf = ({ kind, grid, secondsPerGrid, values }: Patches): string => {
  const rows = grid[0] * grid[1] * grid[2]
  const pixels = { data: tensor('float32', [rows, values.length / rows], values), field: flat(rows) }
  const size = { data: tensor('int64', [3], BigInt64Array.from(grid, BigInt)), field: batched }
  const item =
    kind === 'image'
      ? { pixel_values: pixels, image_grid_thw: size }
      : {
          ...{ pixel_values_videos: pixels, video_grid_thw: size },
          second_per_grid_ts: { data: tensor('float32', [], Float32Array.of(secondsPerGrid)), field: batched },
        }
  return Buffer.from(encode(item)).toString('base64')
}

const known = new WeakMap<Patches, string>()

/** The item of a medium; made once. */
const kept = (medium: Patches): string => {
  const made = known.get(medium) ?? itemOf(medium)
  known.set(medium, made)
  return made
}

/** The media of a prompt as features; undefined where it has none. Left: `BadPrompt` where pads and media do not fit. */
export const featuresOf = (prompt: Prompt, pads: PadTokens): E.Either<EngineFault, Features | undefined> =>
  E.map((runs: readonly { readonly start: number; readonly end: number; readonly medium: Patches }[]) => {
    if (runs.length === 0) return undefined
    const kinds = [...new Set(runs.map(({ medium }) => medium.kind))]
    const byKind = <A>(of: (run: (typeof runs)[number]) => A): Readonly<Record<string, readonly A[]>> =>
      Object.fromEntries(kinds.map(kind => [kind, runs.filter(({ medium }) => medium.kind === kind).map(of)]))
    return {
      mm_hashes: byKind(({ medium }) => mediaHash(medium)),
      mm_placeholders: byKind(({ start, end }) => ({ offset: start, length: end - start })),
      kwargs_data: byKind(({ medium }) => kept(medium)),
    }
  })(runsOfPads(prompt, pads))
