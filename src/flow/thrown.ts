/**
 * The words of something that was thrown or rejected with, for the cause of a fault: an error's message, any other value as text.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { messageOf } from 'kinograd/flow'
 *
 * assert.equal(messageOf(new RangeError('3 of 2')), '3 of 2')
 * assert.equal(messageOf('gone'), 'gone')
 * ```
 */
export const messageOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown))

/**
 * The code that Node gives to what a system call failed with, `ENOENT` where there is no such file; undefined for anything else.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { readFile } from 'node:fs/promises'
 * import { codeOf } from 'kinograd/flow'
 *
 * assert.equal(codeOf(await readFile('no such file').catch(error => error)), 'ENOENT')
 * assert.equal(codeOf('gone'), undefined)
 * ```
 */
export const codeOf = (thrown: unknown): string | undefined =>
  thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : undefined

/**
 * Whether a write failed because the disk, or one's share of it, is full.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { isFull } from 'kinograd/flow'
 *
 * assert(isFull(Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })))
 * ```
 */
export const isFull = (thrown: unknown): boolean => ['ENOSPC', 'EDQUOT'].includes(codeOf(thrown) ?? '')
