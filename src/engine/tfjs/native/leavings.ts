import { randomUUID } from 'node:crypto'
import { readdir, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { lives, processName } from './living.ts'

const ending = '.part'

/** After this long an installation of another machine that shares the folder counts as dead; nobody here can ask after it. */
const abandonedAfter = 3_600_000

/** Builds that nothing on this machine has started for so long are removed when another is installed. */
const unusedAfter = 90 * 24 * 3_600_000

/** Name of a part: the build, the process that makes it, when it was begun, and a word that no other has. */
const partName = /^(?<build>native-.+)\.(?<maker>\w+\.\w+\.\d+\.\d+)\.(?<turn>\d+-\w+)\.part$/

/** A folder beside a build in which it is made, named by the process that makes it. */
export const partFolder = (directory: string): string =>
  `${directory}.${processName()}.${Date.now()}-${randomUUID().slice(0, 8)}${ending}`

const partsIn = async (cache: string): Promise<readonly string[]> =>
  (await readdir(cache).catch(() => [])).filter(name => name.startsWith('native-') && name.endsWith(ending))

const isDead = async (cache: string, part: string): Promise<boolean> => {
  const living = lives(partName.exec(part)?.groups?.maker ?? '')
  if (living !== 'unknown') return living === 'no'
  const changed = await stat(join(cache, part)).catch(() => undefined)
  return changed !== undefined && Date.now() - changed.mtimeMs > abandonedAfter
}

/** Removes what installations that were killed left behind; gives how many there were. */
export const sweepParts = async (cache: string): Promise<number> => {
  let swept = 0
  for (const part of await partsIn(cache))
    if (await isDead(cache, part)) {
      await rm(join(cache, part), { recursive: true, force: true })
      swept++
    }
  return swept
}

/** Removes builds of other versions that nobody has started for three months: their notes and proofs were last written before. */
export const sweepUnused = async (cache: string, kept: string): Promise<void> => {
  for (const name of await readdir(cache)) {
    const build = join(cache, name)
    if (!name.startsWith('native-') || name.endsWith(ending) || build === kept) continue
    const times = await Promise.all(
      ['.', 'starting'].map(inside =>
        stat(join(build, inside)).then(
          ({ mtimeMs }) => mtimeMs,
          () => 0,
        ),
      ),
    )
    if (Date.now() - Math.max(...times) > unusedAfter) await rm(build, { recursive: true, force: true })
  }
}

/** The number of a living process that began to make the same build before this part was begun. */
export const earlierInstaller = async (part: string): Promise<number | undefined> => {
  const ours = partName.exec(basename(part))?.groups
  for (const name of await partsIn(dirname(part))) {
    const other = partName.exec(name)?.groups
    if (ours?.turn === undefined || other?.turn === undefined || other.build !== ours.build) continue
    if (other.turn < ours.turn && lives(other.maker ?? '') === 'yes') return Number(other.maker?.split('.').at(-1))
  }
  return undefined
}
