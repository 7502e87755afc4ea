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
