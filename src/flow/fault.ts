import { cut } from '../untrusted/index.ts'

/**
 * What a room of the library reports when it cannot do what it was asked: a plain tagged value, never thrown.
 * `cause` says what is wrong with both numbers where there are two; `remedy` says what the user can do about it.
 * Neither ever holds a secret. Rooms declare their own tags: `Fault<'NoDecoder' | 'NotAVideo'>`.
 */
export interface Fault<Tag extends string = string> {
  readonly _tag: Tag
  readonly cause: string
  readonly remedy: string
}

/** Causes, remedies and names of items may hold what others wrote: no message is longer, and none is obeyed by a terminal. */
const [longestWords, longestItem] = [1000, 200]

/** A fault with the item it happened to and the stage it happened in: the `Left` side of every stream in this library. */
export interface StageError {
  readonly _tag: 'StageError'
  readonly item: string
  readonly stage: string
  readonly fault: Fault
}

/**
 * What goes down the error channel of a stream and ends it: a pipeline put together wrongly, or more failures than
 * were to be tolerated. Everything else is a `Left` of one item.
 */
export interface Defect extends Error {
  readonly name: 'Defect'
  readonly fault: Fault
}

/**
 * Makes a fault: its tag, what is wrong (with both numbers, where there are two), and what to do about it. Longer words than
 * 1,000 characters lose their middle, and control characters are written as escapes: both often hold what others wrote.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { fault } from 'kinograd/flow'
 *
 * const tooLong = fault('TooLong', 'the clip lasts 90 s, at most 60 s are taken', 'Cut it, or raise the limit')
 * assert.equal(tooLong._tag, 'TooLong')
 * ```
 */
export const fault = <Tag extends string>(_tag: Tag, cause: string, remedy: string): Fault<Tag> => ({
  _tag,
  cause: cut(cause, longestWords),
  remedy: cut(remedy, longestWords),
})

/**
 * Says in which stage and to which item a fault happened. Stages do it by themselves; this is for items that come failed
 * into a stream, and for tests.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { fault, report, stageError } from 'kinograd/flow'
 *
 * const error = stageError('decode', 'clip-7', fault('TooLong', '90 s, at most 60', 'Cut it'))
 * assert.equal(report(error), 'decode: clip-7: 90 s, at most 60 (TooLong). Cut it')
 * ```
 */
export const stageError = (stage: string, item: string, fault: Fault): StageError => ({
  _tag: 'StageError',
  item: cut(item, longestItem),
  stage,
  fault,
})

/**
 * Makes an error that ends a stream, of the fault that says why. Thrown, it passes through every stage and scope.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { defect, fault, isDefect } from 'kinograd/flow'
 *
 * const thrown: unknown = defect(fault('BadWidth', 'a width of 0', 'Give at least 1'))
 * assert(isDefect(thrown) && thrown.fault._tag === 'BadWidth')
 * assert.equal(thrown.message, 'a width of 0 (BadWidth). Give at least 1')
 * ```
 */
export const defect = (fault: Fault): Defect =>
  Object.assign(new Error(`${fault.cause} (${fault._tag}). ${fault.remedy}`), { name: 'Defect' as const, fault })

/**
 * Whether a thrown value is a defect, which no stage and no scope may turn into a `Left`.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { isDefect } from 'kinograd/flow'
 *
 * assert.equal(isDefect(new Error('a bug in a stage')), false)
 * ```
 */
export const isDefect = (thrown: unknown): thrown is Defect =>
  thrown instanceof Error && thrown.name === 'Defect' && 'fault' in thrown

/** The fault of an exception: a function given to the library threw, or its promise was rejected. */
export const thrownFault = (thrown: unknown): Fault<'Thrown'> =>
  fault(
    'Thrown',
    `threw ${thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown)}`,
    'Return a Left where a failure is expected; otherwise this is a bug in the function of this stage',
  )

/**
 * A failure as one line of text: the stage, the item, the cause, the tag, and what to do.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { fault, report, stageError } from 'kinograd/flow'
 *
 * const error = stageError('decode', 'clip-7', fault('TooLong', '90 s, at most 60', 'Cut it'))
 * assert.equal(report(error), 'decode: clip-7: 90 s, at most 60 (TooLong). Cut it')
 * ```
 */
export const report = (error: StageError): string =>
  `${error.stage}: ${error.item}: ${error.fault.cause} (${error.fault._tag}). ${error.fault.remedy}`
