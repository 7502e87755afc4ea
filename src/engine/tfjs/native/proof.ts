import { randomUUID } from 'node:crypto'
import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { cpus, release } from 'node:os'
import { join } from 'node:path'
import { either as E } from 'fp-ts'
import * as t from 'io-ts'
import { bootId, placeId } from './living.ts'
import { trial } from './trial.ts'

/** What is known of a native TensorFlow, be it a build or a package of npm. */
const proof = t.type({
  /** Boot of the machine during which all bytes were read and compared. */
  boot: t.string,
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

/** This boot; where the system does not name it, one that was never seen before, so that nothing counts as known. */
export const thisBoot = (): string => bootId() ?? randomUUID()

/** Where a folder keeps what is known on this machine. */
export const proofPath = (directory: string, name = 'verified'): string => join(directory, `${name}-${placeId()}.json`)

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
    .catch(() => rm(part, { force: true }))
}

/** Forgets it, after a start that failed. */
export const dropProof = (path: string): Promise<void> => rm(path, { force: true }).catch(() => undefined)
