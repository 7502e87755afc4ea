import { readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { cpus, release } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { either as E } from 'fp-ts'
import * as t from 'io-ts'
import { bootId, short } from './living.ts'
import { trial } from './trial.ts'

/** What is known of a native TensorFlow, be it a build or a package of npm. */
const proof = t.type({
  /** Boot of the machine during which all bytes were read and compared. */
  boot: t.union([t.string, t.undefined]),
  machine: t.string,
  /** Which list the files were compared with, and how they looked to the file system then. */
  manifest: t.string,
  fingerprint: t.string,
  /** What it did when it was tried; a text says why it did not start. */
  trial: t.union([trial, t.string]),
})

/** What was found out on this machine, so that a start need not find it out again. */
export type Proof = t.TypeOf<typeof proof>

/** What a build was tried on: a binding that works on one machine may crash on another that shares its folder. */
export const machine = (): string => `${cpus()[0]?.model ?? 'unknown'} ${release()} node ${process.version}`

/** Where a folder keeps what is known on this machine since it was booted; containers of one machine share it. */
export const proofPath = (directory: string, name = 'verified'): string =>
  join(directory, `${name}-${short(`${bootId() ?? ''} ${machine()}`)}.json`)

/** What earlier boots and other machines of a shared folder found out is removed when it is this old. */
const staleAfter = 30 * 24 * 3_600_000

/** Removes what is long out of date beside a proof. */
const sweepProofs = async (path: string): Promise<void> => {
  const kind = basename(path).replace(/-\w+\.json$/, '-')
  for (const name of await readdir(dirname(path))) {
    if (!name.startsWith(kind) || !name.endsWith('.json')) continue
    const { mtimeMs } = await stat(join(dirname(path), name))
    if (Date.now() - mtimeMs > staleAfter) await rm(join(dirname(path), name), { force: true })
  }
}

/** What is known; nothing where half a file or another version's is all there is. */
export const readProof = async (path: string): Promise<Proof | undefined> => {
  const text = await readFile(path, 'utf8').catch(() => '')
  const decoded = E.flatMap(proof.decode)(
    E.tryCatch(
      (): unknown => JSON.parse(text),
      () => [],
    ),
  )
  return E.isRight(decoded) ? decoded.right : undefined
}

/** Keeps what was found out, whole or not at all. A folder that cannot be written to keeps nothing: each start then reads all again. */
export const writeProof = async (path: string, known: Proof): Promise<void> => {
  const part = `${path}.${process.pid}`
  await writeFile(part, JSON.stringify(known))
    .then(() => rename(part, path))
    .then(() => sweepProofs(path))
    .catch(() => rm(part, { force: true }))
}

/** Forgets it, after a start that failed. */
export const dropProof = (path: string): Promise<void> => rm(path, { force: true }).catch(() => undefined)
