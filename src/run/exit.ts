/** What the commands of this project end with. The one table: code and documentation are made from it. */
export const exitCodes = {
  done: { code: 0, means: 'everything asked for was done' },
  failed: { code: 1, means: 'the work failed; the message says where and what to do' },
  usage: { code: 2, means: 'unknown command, unknown flag or a value that makes no sense' },
  environment: { code: 3, means: 'something needed is missing: decoder, tensor backend, key, disk space' },
  conflict: { code: 4, means: 'the run folder is in use, holds other things, or was made under other settings' },
  unsound: { code: 5, means: 'nothing was learned or measured, data is gone or changed, or too many records failed' },
  interrupted: { code: 130, means: 'stopped by Ctrl-C, SIGTERM or a closed pipe; --resume continues' },
} as const satisfies Record<string, { readonly code: number; readonly means: string }>

const byTag: Readonly<Record<string, keyof typeof exitCodes>> = {
  NoSpace: 'environment',
  NoDecoder: 'environment',
  NoBackend: 'environment',
  NoKey: 'environment',
  Locked: 'conflict',
  RunExists: 'conflict',
  OtherConfig: 'conflict',
  OtherVersion: 'conflict',
  RunTaken: 'conflict',
  NotARun: 'conflict',
  NoMemory: 'environment',
  NoRoom: 'environment',
  BadLog: 'unsound',
  DataChanged: 'unsound',
  TooManyFailures: 'unsound',
  TooFewChains: 'unsound',
  NothingLearned: 'unsound',
  NothingMeasured: 'unsound',
  Usage: 'usage',
  BadAddress: 'usage',
  BadName: 'usage',
  BadConfig: 'usage',
  NoConfig: 'usage',
  NotEmpty: 'conflict',
  Cancelled: 'interrupted',
}

/**
 * The exit code that a fault ends a command with.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { fault } from 'kinograd/flow'
 * import { exitCodeOf } from 'kinograd/run'
 *
 * assert.equal(exitCodeOf(fault('NoSpace', 'the disk is full', 'Free some space.')), 3)
 * ```
 */
export const exitCodeOf = (fault: { readonly _tag: string }): number => exitCodes[byTag[fault._tag] ?? 'failed'].code

/**
 * The table of exit codes as text, for `--help`.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { exitCodes, exitCodeTable } from 'kinograd/run'
 *
 * assert.equal(exitCodeTable().trim().split('\n').length, Object.keys(exitCodes).length)
 * ```
 */
export const exitCodeTable = (): string =>
  Object.values(exitCodes)
    .map(({ code, means }) => `  ${String(code).padStart(3)}  ${means}`)
    .join('\n')
