import type { Definition } from '../exact/families.ts'

/** What is known of a normaliser's definition: all of it, all but the weights of the sum, or nothing. */
export type Known =
  | { readonly _tag: 'Defined'; readonly definition: Definition }
  | { readonly _tag: 'SomeSum'; readonly definition: Definition }
  | { readonly _tag: 'Unknown' }
