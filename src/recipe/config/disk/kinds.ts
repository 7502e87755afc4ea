import { stat } from 'node:fs/promises'
import type { Mistake } from '../codec/mistake.ts'
import { type Place, pathAt } from '../compile/place.ts'

/** What stands at a path. */
export const kindAt = async (path: string): Promise<'file' | 'folder' | undefined> => {
  const found = await stat(path).catch(() => undefined)
  if (found === undefined) return undefined
  return found.isDirectory() ? 'folder' : 'file'
}

/** A path of the configuration that must lead to a file or a folder. */
export interface Named {
  /** The setting that names it. */
  readonly at: readonly string[]
  readonly path: string
  readonly wanted: 'file' | 'folder'
}

/** What is wrong with a path: nothing is there, or something else. */
export const missing = async (place: Place, { at, path, wanted }: Named): Promise<readonly Mistake[]> => {
  const full = pathAt(place, path)
  const found = await kindAt(full)
  if (found === wanted) return []
  const shown = full === path ? '' : ` (${full})`
  const says =
    found === undefined
      ? `is "${path}", and there is no such ${wanted}${shown}`
      : `is "${path}", which is a ${found}, and must be a ${wanted}${shown}`
  return [{ path: at, says }]
}
