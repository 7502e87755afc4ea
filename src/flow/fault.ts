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

/**
 * What goes down the error channel of a stream and ends it: a pipeline put together wrongly, or more failures than
 * were to be tolerated. Everything else is a `Left` of one item.
 */
export interface Defect extends Error {
  readonly name: 'Defect'
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

/** Makes a defect of a fault. */
export const defect = (fault: Fault): Defect =>
  Object.assign(new Error(`${fault.cause} (${fault._tag}). ${fault.remedy}`), { name: 'Defect' as const, fault })

/** Whether a thrown value is a defect, which no stage and no scope may turn into a `Left`. */
export const isDefect = (thrown: unknown): thrown is Defect =>
  thrown instanceof Error && thrown.name === 'Defect' && 'fault' in thrown

/** The fault of an exception: a function given to the library threw, or its promise was rejected. */
export const thrownFault = (thrown: unknown): Fault<'Thrown'> =>
  fault(
    'Thrown',
    `threw ${thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown)}`,
    'Return a Left where a failure is expected; otherwise this is a bug in the function of this stage',
  )

/** The one place where errors become words. */
export const report = (error: StageError): string =>
  `${error.stage}: ${error.item}: ${error.fault.cause} (${error.fault._tag}). ${error.fault.remedy}`
