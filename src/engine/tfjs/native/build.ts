import { mkdir, rename, rm, statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { either as E, taskEither as TE } from 'fp-ts'
import { messageOf } from '../../../flow/index.ts'
import { compileBinding } from './compile.ts'
import { fetchParts, type Sources } from './fetch.ts'
import { earlierInstaller, partFolder, sweepUnused } from './leavings.ts'
import { writeLoader } from './loader.ts'
import { flushToDisk, writeManifest } from './manifest.ts'
import type { Trial } from './trial.ts'
import { proveBuild, verifiedBuild } from './verify.ts'

const enoughRoom = async (parent: string, megabytes: number): Promise<E.Either<string, void>> => {
  const { bavail, bsize } = await statfs(parent)
  const free = Math.floor((bavail * bsize) / 1e6)
  return free >= megabytes
    ? E.right(undefined)
    : E.left(`${parent} has ${free} MB free, the build takes ${megabytes} MB`)
}

/** Waits while a process that began before makes the same build. */
const waitForTurn = async (
  part: string,
  { signal }: Pick<Sources, 'signal'>,
  log: (line: string) => void,
): Promise<void> => {
  let told: number | undefined
  while (!signal?.aborted) {
    const other = await earlierInstaller(part)
    if (other === undefined) return
    if (other !== told) log(`Native backend: process ${other} is making it; waiting for that.`)
    told = other
    await sleep(500, undefined, signal === undefined ? {} : { signal }).catch(() => undefined)
  }
}

/** Puts a finished part where the build belongs. What stood there is moved away first, never taken apart in its place. */
const moveIn = async (part: string, directory: string): Promise<void> => {
  const old = partFolder(directory)
  const stood = await rename(directory, old).then(
    () => true,
    () => false,
  )
  await rename(part, directory)
  await flushToDisk(dirname(directory))
  if (stood) await rm(old, { recursive: true, force: true })
}

/**
 * Makes a build in a folder of its own beside its place and renames it at the end, so that it is there whole or not at all. Of
 * processes that make the same build at once one does, and the others wait for it and take its build.
 */
export const build =
  (directory: string, sources: Sources, log: (line: string) => void): TE.TaskEither<string, Trial> =>
  async () => {
    const part = partFolder(directory)
    const { signal, env, wheel } = sources
    try {
      await mkdir(part, { mode: 0o700 })
      await waitForTurn(part, sources, log)
      const meanwhile = await verifiedBuild(directory, { signal, env })()
      if (E.isRight(meanwhile)) return meanwhile
      const room = await enoughRoom(dirname(directory), wheel.megabytes + wheel.unpacked)
      if (E.isLeft(room)) return room
      const made = await TE.flatMap(fetchParts(part, sources), () => compileBinding(part, sources))()
      if (E.isLeft(made)) return made
      await writeLoader(part)
      await writeManifest(part)
      const proved = await proveBuild(part, { signal, env })()
      if (E.isLeft(proved)) return E.left(proved.left.why)
      await moveIn(part, directory)
      await sweepUnused(dirname(directory), directory)
      return proved
    } catch (error) {
      return E.left(messageOf(error))
    } finally {
      await rm(part, { recursive: true, force: true })
    }
  }
