import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { either as E } from 'fp-ts'
import { readConfig } from '../../../engine/tfjs/index.ts'
import { parseJson } from '../../../untrusted/index.ts'
import type { Mistake } from '../codec/mistake.ts'
import { type Place, pathAt } from '../compile/place.ts'
import type { RunSettings } from '../settings/run-settings.ts'
import { missing } from './kinds.ts'

const most = 2 ** 20

/** The family of models that a checkpoint's config.json names. */
const familyOf = async (folder: string): Promise<string | undefined> => {
  const path = join(folder, 'config.json')
  const { size } = await stat(path)
  const json = size > most ? E.left('') : parseJson(await readFile(path, 'utf8'))
  const read: unknown = E.isRight(json) ? json.right : undefined
  return typeof read === 'object' && read !== null && 'model_type' in read && typeof read.model_type === 'string'
    ? read.model_type
    : undefined
}

/** The one family that is trained here. */
const family = 'qwen2_5_vl'

const wrongPolicy = async (place: Place, path: string): Promise<readonly Mistake[]> => {
  const at = ['policy', 'checkpoint']
  const gone = await missing(place, { at, path, wanted: 'folder' })
  if (gone.length > 0) return gone
  const folder = pathAt(place, path)
  const found = await familyOf(folder).catch(() => undefined)
  if (found !== undefined && found !== family)
    return [
      {
        path: at,
        says: `is "${path}", a checkpoint of the family ${found}: only Qwen2.5-VL (${family}) is trained here`,
      },
    ]
  const config = await readConfig(folder)()
  return E.isLeft(config)
    ? [{ path: at, says: `is "${path}", no checkpoint that can be trained: ${config.left.cause}` }]
    : []
}

/** What is wrong with the checkpoints that a configuration starts from. */
export const wrongCheckpoints = async (place: Place, { policy, sft, rl }: RunSettings): Promise<readonly Mistake[]> => {
  const starts = [
    { at: ['sft', 'from'], path: sft?.from },
    { at: ['rl', 'from'], path: rl?.from },
  ]
  const of = starts.flatMap(({ at, path }) =>
    path === undefined ? [] : [missing(place, { at, path, wanted: 'folder' })],
  )
  const all = await Promise.all([
    ...of,
    ...(policy?.checkpoint === undefined ? [] : [wrongPolicy(place, policy.checkpoint)]),
  ])
  return all.flat()
}
