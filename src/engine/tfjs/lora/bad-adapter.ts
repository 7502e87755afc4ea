import { fault } from '../../../flow/index.ts'
import type { EngineFault } from '../../engine.ts'

/** A `BadAdapter`. */
export const badAdapter = (
  cause: string,
  remedy = 'Give an adapter that PEFT made for this model, without what this engine does not compute.',
): EngineFault => fault('BadAdapter', cause, remedy)
