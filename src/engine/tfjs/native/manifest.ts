import { createHash } from 'node:crypto'
import { createReadStream, lstatSync } from 'node:fs'
import { lstat, open, readdir, readFile, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { either as E } from 'fp-ts'
import * as t from 'io-ts'
import { codeOf, messageOf } from '../../../flow/index.ts'

const fileEntry = t.type({ path: t.string, bytes: t.number, sha256: t.string })
const linkEntry = t.type({ path: t.string, to: t.string })
const manifest = t.type({ files: t.array(fileEntry), links: t.array(linkEntry) })

/** All files of a build with their lengths and SHA-256 sums, and its symbolic links. */
export type Manifest = t.TypeOf<typeof manifest>

const manifestName = 'manifest.json'

const block = 1 << 22

const digestOf = async (path: string): Promise<string> => {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path, { highWaterMark: block }), hash)
  return hash.digest('hex')
}

/** Has the system write a file or folder to its disk, so that a power cut after the renaming leaves whole files behind. */
export const flushToDisk = async (path: string): Promise<void> => {
  const handle = await open(path, 'r')
  await handle.sync().finally(() => handle.close())
}

/** Lists a finished build, and has all of it on disk. */
export const writeManifest = async (directory: string): Promise<void> => {
  const files: t.TypeOf<typeof fileEntry>[] = []
  const links: t.TypeOf<typeof linkEntry>[] = []
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  for (const entry of entries) {
    const full = join(entry.parentPath, entry.name)
    const path = full.slice(directory.length + 1)
    if (path === manifestName) continue
    if (entry.isSymbolicLink()) links.push({ path, to: await readlink(full) })
    else if (entry.isFile()) {
      files.push({ path, bytes: (await lstat(full)).size, sha256: await digestOf(full) })
      await flushToDisk(full)
    } else if (entry.isDirectory()) await flushToDisk(full)
  }
  const at = join(directory, manifestName)
  const handle = await open(at, 'w')
  try {
    await handle.writeFile(JSON.stringify({ files, links }))
    await handle.sync()
  } finally {
    await handle.close()
  }
  await flushToDisk(directory)
}

/** What a build says that it is made of, with a name for just that; `Left`: it has no list, or half of one. */
export const readManifest = async (
  directory: string,
): Promise<E.Either<string, { readonly manifest: Manifest; readonly name: string }>> => {
  const text = await readFile(join(directory, manifestName), 'utf8').catch((error: unknown) => {
    const gone = codeOf(error) === 'ENOENT'
    return E.left(gone ? `${manifestName} is missing` : `${manifestName} cannot be read (${messageOf(error)})`)
  })
  if (typeof text !== 'string') return text
  const parsed = E.tryCatch((): unknown => JSON.parse(text), messageOf)
  const read = E.isRight(parsed) ? manifest.decode(parsed.right) : undefined
  if (read === undefined || E.isLeft(read)) return E.left(`${manifestName} is cut off or not a list of files`)
  return E.right({ manifest: read.right, name: createHash('sha256').update(text).digest('hex') })
}

/** The first thing in which a build is not what its list says, by content; nothing when all is. Reads every byte. */
export const firstDamage = async (directory: string, { files, links }: Manifest): Promise<string | undefined> => {
  try {
    for (const { path, to } of links)
      if ((await readlink(join(directory, path))) !== to) return `${path} leads elsewhere than to ${to}`
    for (const { path, bytes } of files) {
      const { size } = await lstat(join(directory, path))
      if (size !== bytes) return `${path} has ${size} bytes instead of ${bytes}`
    }
    for (const { path, sha256 } of files) {
      const found = await digestOf(join(directory, path))
      if (found !== sha256) return `${path} has SHA-256 ${found} instead of ${sha256}`
    }
    return undefined
  } catch (error) {
    return messageOf(error)
  }
}

/**
 * A text that changes whenever somebody writes to, replaces or removes a file of a build, without reading any: lengths, numbers and
 * times of all files, of which the time of change cannot be set by a program.
 */
export const fingerprint = (directory: string, { files, links }: Manifest): string => {
  const hash = createHash('sha256')
  for (const { path } of [...files, ...links]) {
    // At once instead of one after the other: 3 ms for 600 files instead of 11.
    const stats = lstatSync(join(directory, path), { bigint: true, throwIfNoEntry: false })
    hash.update(`${path} ${stats?.size} ${stats?.ino} ${stats?.mtimeNs} ${stats?.ctimeNs}\n`)
  }
  return hash.digest('hex')
}
