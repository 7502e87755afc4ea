/**
 * Whose positions a prompt gets. `qwen`: what the models were trained with, a clip's time in seconds times tokens a second, the text
 * after a medium at the largest position plus 1 (`get_rope_index_25` in `qwenvl/data/rope2d.py` of QwenLM/Qwen2.5-VL; transformers
 * 4.49 to 4.51). `transformers4`: the same, but seconds between temporal patches lose their fraction first, so that half a second is
 * none (4.52 to 5.2). `transformers5`: seconds whole again, and the text starts max(height, width) after the medium's start, whatever
 * its length in time (since 5.18). Source: `get_rope_index` in transformers' `modeling_qwen2_5_vl.py`.
 */
export type MropeLayout = 'qwen' | 'transformers4' | 'transformers5'

/**
 * The layout of the transformers that wrote a checkpoint, from `transformers_version` of its config.json: `qwen` for none and all before
 * 4.52, which the released models name. 5.3 to 5.17 computed positions that no later one does; they count as 5.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { layoutOf } from 'kinograd/engine/tfjs'
 *
 * assert.deepEqual(['4.41.2', '4.57.6', '5.18.0', undefined].map(layoutOf), ['qwen', 'transformers4', 'transformers5', 'qwen'])
 * ```
 */
export const layoutOf = (version: unknown): MropeLayout => {
  const [, major = 0, minor = 0] =
    (typeof version === 'string' ? /^(\d+)\.(\d+)/.exec(version) : null)?.map(Number) ?? []
  if (major > 5 || (major === 5 && minor > 2)) return 'transformers5'
  return major === 5 || (major === 4 && minor >= 52) ? 'transformers4' : 'qwen'
}
