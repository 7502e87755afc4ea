import { lstat, readdir, readFile, readlink, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { either as E, taskEither as TE } from 'fp-ts'
import { fault, messageOf } from '../../flow/index.ts'
import type { EngineFault } from '../engine.ts'

const bad = (cause: string, remedy: string): EngineFault => fault('BadCheckpoint', cause, remedy)

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    found => found.isDirectory(),
    () => false,
  )

const foldersIn = async (path: string): Promise<readonly string[]> => {
  const names: readonly string[] = await readdir(path).catch(() => [])
  const there = await Promise.all(names.map(name => isFolder(join(path, name))))
  return names.filter((_, i) => there[i])
}

const branchOf = (path: string): Promise<string | undefined> =>
  readFile(join(path, 'refs', 'main'), 'utf8').then(
    text => text.trim(),
    () => undefined,
  )

/** The snapshot that `refs/main` of a model in a hub's cache names, or the only one that there is. */
const snapshotOf = async (model: string): Promise<E.Either<EngineFault, string>> => {
  const snapshots = join(model, 'snapshots')
  const [names, branch] = [(await foldersIn(snapshots)).toSorted(), await branchOf(model)]
  const name = branch ?? (names.length === 1 ? names[0] : undefined)
  if (name !== undefined && names.includes(name)) return E.right(join(snapshots, name))
  const which = branch === undefined ? 'there is no refs/main' : `refs/main names ${branch.slice(0, 64)}`
  return E.left(
    bad(
      `${model}: ${which}, snapshots has ${names.length === 0 ? 'none' : names.join(', ')}`,
      names.length === 0 ? 'Download the model again.' : 'Give the folder of one snapshot.',
    ),
  )
}

/** Any of these makes a folder that of a checkpoint, whatever else lies in it. */
const ofCheckpoints = ['config.json', 'adapter_config.json', 'tokenizer.json', 'model.safetensors']

const resolved = async (path: string): Promise<E.Either<EngineFault, string>> => {
  const names: readonly string[] = await readdir(path).catch(() => [])
  if (names.length === 0 || ofCheckpoints.some(name => names.includes(name))) return E.right(path)
  if (await isFolder(join(path, 'snapshots'))) return snapshotOf(path)
  if (basename(resolve(path)) === 'snapshots') return snapshotOf(dirname(resolve(path)))
  const folders = await foldersIn(path)
  const models = folders.filter(name => name.startsWith('models--'))
  if (models.length === 1) return snapshotOf(join(path, models[0]!))
  if (models.length > 1)
    return E.left(
      bad(`${path} is a cache of ${models.length} models: ${models.toSorted().join(', ')}`, 'Give the folder of one.'),
    )
  return folders.includes('hub') ? resolved(join(path, 'hub')) : E.right(path)
}

/** A file of a snapshot whose download did not end: its link leads nowhere. */
const brokenLink = async (path: string): Promise<E.Either<EngineFault, string>> => {
  for (const name of await readdir(path).catch(() => [])) {
    const file = join(path, name)
    if (!(await lstat(file)).isSymbolicLink()) continue
    const there = await stat(file).then(
      () => true,
      () => false,
    )
    if (!there)
      return E.left(
        bad(
          `${file} is a link to ${await readlink(file)}, which is not there`,
          'Download the model again, to its end.',
        ),
      )
  }
  return E.right(path)
}

/**
 * The folder with the files of a checkpoint, of whatever a person has at hand: that folder itself, a link to it, or a cache as
 * huggingface_hub keeps it (`models--ORG--NAME` with `snapshots/HASH` and `refs/main`, the folder above it where it holds one model,
 * or its `snapshots`). All readers of a checkpoint go through it. `Left('BadCheckpoint')` names the snapshots or models where it is
 * not clear which is meant, and the file whose link leads nowhere. Source: huggingface_hub's guide "Understand caching".
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
 * import { tmpdir } from 'node:os'
 * import { join } from 'node:path'
 * import { either as E } from 'fp-ts'
 * import { checkpointFolder } from 'kinograd/engine'
 *
 * const cache = await mkdtemp(join(tmpdir(), 'hub-'))
 * const model = join(cache, 'models--Qwen--Qwen2.5-VL-3B-Instruct')
 * await mkdir(join(model, 'snapshots', 'abc'), { recursive: true })
 * await mkdir(join(model, 'refs'))
 * await writeFile(join(model, 'refs', 'main'), 'abc')
 * assert.deepEqual(await checkpointFolder(cache)(), E.right(join(model, 'snapshots', 'abc')))
 * await rm(cache, { recursive: true })
 * ```
 */
export const checkpointFolder = (path: string): TE.TaskEither<EngineFault, string> =>
  TE.flatMapEither((found: E.Either<EngineFault, string>) => found)(
    TE.tryCatch(
      async () => {
        const folder = await resolved(path)
        return E.isLeft(folder) ? folder : brokenLink(folder.right)
      },
      error => bad(`${path}: ${messageOf(error)}`, 'Check the folder and its permissions.'),
    ),
  )

/** How a hub's cache names a model that lies in it, `org/name`; nothing for other folders. */
export const hubNameOf = (folder: string): string | undefined => {
  const [org, ...name] =
    /(?:^|[\\/])models--([^\\/]+)[\\/]snapshots[\\/][^\\/]+$/.exec(resolve(folder))?.[1]?.split('--') ?? []
  return org === undefined ? undefined : [org, ...(name.length === 0 ? [] : [name.join('--')])].join('/')
}
