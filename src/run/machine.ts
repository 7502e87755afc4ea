import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism, cpus } from 'node:os'
import { dirname, join } from 'node:path'
import { either as E } from 'fp-ts'
import * as t from 'io-ts'

/** What the numbers of a run depend on beside its settings: the same of all of these give the same numbers to the bit. */
export const machineCodec = t.readonly(
  t.type({
    processor: t.string,
    /** That a process may use at once. */
    threads: t.number,
    platform: t.string,
    versions: t.readonly(
      t.type({
        node: t.string,
        kinograd: t.string,
        /** Commit of kinograd's own source, `-dirty` where it was changed since; `release` of an installed package. */
        commit: t.string,
      }),
    ),
  }),
  'machine',
)
/** Processor, threads, and versions of what computes. */
export type Machine = t.TypeOf<typeof machineCodec>

const manifest = createRequire(import.meta.url).resolve('../../package.json')

const versionOf = (): string => {
  const read = t.type({ version: t.string }).decode(createRequire(import.meta.url)(manifest))
  return E.isRight(read) ? read.right.version : 'unknown'
}

const commitOf = (): string => {
  const root = dirname(manifest)
  if (!existsSync(join(root, '.git'))) return 'release'
  const said = E.tryCatch(
    () =>
      execFileSync('git', ['describe', '--always', '--dirty', '--abbrev=40', '--exclude', '*'], {
        cwd: root,
        encoding: 'utf8',
        timeout: 5000,
        stdio: ['ignore', 'pipe', 'ignore'],
      }).trim(),
    String,
  )
  return E.isRight(said) ? said.right : 'unknown'
}

let known: Machine | undefined

/**
 * The machine and the versions that this process runs on. Asks git once for the commit, where kinograd's source is a checkout.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { thisMachine } from 'kinograd/run'
 *
 * assert.equal(thisMachine().versions.node, process.versions.node)
 * ```
 */
export const thisMachine = (): Machine => {
  known ??= {
    processor: cpus()[0]?.model.trim() || 'unknown',
    threads: availableParallelism(),
    platform: `${process.platform}-${process.arch}`,
    versions: { node: process.versions.node, kinograd: versionOf(), commit: commitOf() },
  }
  return known
}
