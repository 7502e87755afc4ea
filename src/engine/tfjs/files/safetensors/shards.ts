import { readdir, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { either as E, taskEither as TE } from 'fp-ts'
import { messageOf } from '../../../../flow/index.ts'
import { brief } from '../../../../untrusted/index.ts'
import type { EngineFault } from '../../../engine.ts'
import { checkpointFolder } from '../../../text/checkpoint-folder.ts'
import { foreignFile, sentence } from '../../../text/file-kinds.ts'
import { readJson } from '../../../text/json-file.ts'
import { unreadable } from '../faults.ts'

/** A file to read, with the tensors it must hold; all of them, where an index names none. */
export interface Shard {
  readonly path: string
  readonly names?: ReadonlySet<string>
}

/** Names of a checkpoint's files: all in one, or the index of its shards. */
export const singleFile = 'model.safetensors'
export const indexFile = 'model.safetensors.index.json'

const isFile = async (path: string): Promise<boolean> =>
  stat(path).then(
    s => s.isFile(),
    () => false,
  )

const shardsOf = (path: string, json: unknown): E.Either<EngineFault, readonly Shard[]> => {
  const map = (json as { weight_map?: unknown } | null)?.weight_map
  if (typeof map !== 'object' || map === null) return E.left(unreadable(path, 'weight_map is missing'))
  const names = new Map<string, Set<string>>()
  for (const [name, file] of Object.entries(map)) {
    if (typeof file !== 'string' || file === '' || basename(file) !== file)
      return E.left(unreadable(path, `weight_map puts ${name} into ${brief(file)}, not a file of this folder`))
    names.set(file, (names.get(file) ?? new Set()).add(name))
  }
  return E.right([...names].map(([file, held]) => ({ path: join(dirname(path), file), names: held })))
}

const readIndex =
  (path: string): TE.TaskEither<EngineFault, readonly Shard[]> =>
  async () => {
    const json = await TE.tryCatch(
      () => readJson(path),
      error => unreadable(path, messageOf(error)),
    )()
    const shards = E.flatMap(json, read => shardsOf(path, read))
    if (E.isLeft(shards)) return shards
    for (const shard of shards.right)
      if (!(await isFile(shard.path))) {
        const [first] = shard.names ?? []
        return E.left(
          unreadable(
            path,
            `shard ${basename(shard.path)} with ${first} and ${(shard.names?.size ?? 1) - 1} more tensors is missing`,
          ),
        )
      }
    return shards
  }

/** The files of a checkpoint: a .safetensors file, an index, or a folder that holds either (the single file first), a hub's cache too. */
export const findShards = (path: string): TE.TaskEither<EngineFault, readonly Shard[]> =>
  TE.flatMap(shardsAt)(checkpointFolder(path))

const shardsAt =
  (path: string): TE.TaskEither<EngineFault, readonly Shard[]> =>
  async () => {
    if (path.endsWith('.json')) return readIndex(path)()
    if (await isFile(path)) return E.right([{ path }])
    if (await isFile(join(path, singleFile))) return E.right([{ path: join(path, singleFile) }])
    if (await isFile(join(path, indexFile))) return readIndex(join(path, indexFile))()
    const foreign = foreignFile(await readdir(path).catch(() => []))
    const there = foreign === undefined ? '' : `; ${foreign.name} is ${sentence(foreign)}`
    return E.left(unreadable(path, `there is neither ${singleFile} nor ${indexFile}${there}`))
  }
