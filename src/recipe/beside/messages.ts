import type { Fault } from '../../flow/index.ts'
import type { RecipeSource } from '../source.ts'
import type { Task } from './task.ts'

/** What a process beside is told: the recipe, then tasks, one after the other; and to stop what it does. */
export type Told =
  | {
      readonly kind: 'open'
      readonly source: RecipeSource
      /** Name of the tensor backend of the run. */
      readonly backend: string
      /** The settings of the run, as JSON: those of the recipe that it makes there must be the same. */
      readonly settings: string
    }
  | { readonly kind: 'do'; readonly task: Task }
  | { readonly kind: 'stop' }

/** What it answers: that it is ready, how far a phase is, what a task came to, or why not. */
export type Said =
  | { readonly kind: 'ready' }
  | {
      readonly kind: 'progress'
      readonly phase: string
      readonly done: number
      readonly total: number
      readonly note: string
    }
  | { readonly kind: 'done'; readonly result: unknown }
  | { readonly kind: 'failed'; readonly fault: Fault }
