import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { RunSettings } from '../settings/run-settings.ts'
import { type Place, pathAt } from './place.ts'

/** The files of the user's own functions that a configuration names. */
const moduleFiles = ({ module, rl }: RunSettings): readonly string[] => [
  ...(module === undefined ? [] : [typeof module === 'string' ? module : module.file]),
  ...Object.values(rl?.rewards ?? {}).flatMap(reward =>
    typeof reward === 'string'
      ? []
      : [
          ...(typeof reward.accuracy === 'string' ? [] : [reward.accuracy.module]),
          ...Object.values(reward.also ?? {}).map(({ module: file }) => file),
        ],
  ),
]

/**
 * The beginnings of the digests of these files: a run that goes on under another reward is another run. Files that they import are not
 * looked at; one that cannot be read is told where it is run.
 */
export const moduleDigests = async (place: Place, settings: RunSettings): Promise<Readonly<Record<string, string>>> => {
  const digests = moduleFiles(settings).map(async file => {
    const bytes = await readFile(pathAt(place, file)).catch(() => Buffer.alloc(0))
    return [file, createHash('sha256').update(bytes).digest('hex').slice(0, 12)] as const
  })
  return Object.fromEntries(await Promise.all(digests))
}
