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

/** A fault with the item it happened to and the stage it happened in: the `Left` side of every stream in this library. */
export interface StageError {
  readonly _tag: 'StageError'
  readonly item: string
  readonly stage: string
  readonly fault: Fault
}

/** Makes a fault. */
export const fault = <Tag extends string>(_tag: Tag, cause: string, remedy: string): Fault<Tag> => ({
  _tag,
  cause,
  remedy,
})

/** Attaches item and stage to a fault. */
export const stageError = (stage: string, item: string, fault: Fault): StageError => ({
  _tag: 'StageError',
  item,
  stage,
  fault,
})

/** The one place where errors become words. */
export const report = (error: StageError): string =>
  `${error.stage}: ${error.item}: ${error.fault.cause} (${error.fault._tag}). ${error.fault.remedy}`
