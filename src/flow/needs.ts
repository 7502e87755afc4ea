/**
 * Which stage adds which field, and more that the compiler should say of it. Add your own fields by declaration merging:
 * `declare module 'kinograd/flow' { interface AddedBy { masks: 'segment' } }`.
 */
export interface AddedBy {
  readonly items: 'batch'
  readonly index: 'batch'
  readonly failed: 'batch'
}

/** What the compiler says where a field is missing. (Methods of numbers and texts, as items, are no fields.) */
type Words<K> = K extends keyof string | keyof number
  ? never
  : K extends keyof AddedBy
    ? AddedBy[K] extends readonly [infer Adder, infer More]
      ? `needs \`${K}\`: put \`${Adder & string}\` before${More & string}`
      : `needs \`${K}\`: put \`${AddedBy[K] & string}\` before`
    : `needs \`${K & string}\`: put the stage that adds it before`

/** The members of a batch are looked into, any other value is taken as it is. */
type Value<K, V> = K extends 'items' ? (V extends readonly (infer Member)[] ? Fields<Member> : V) : V

/**
 * The fields of an item under names that say which stage adds them. Stages carry it as the type of `this`, which the compiler compares
 * before anything else: a stage in the wrong place is told in one short message. No value has it. (A mapped type and not a condition, so
 * that it is also known of an item type that is still open.)
 */
export type Fields<A> = { readonly [K in keyof (A & {}) as Words<K>]: Value<K, (A & {})[K]> }

/** The fields that a stage wants: as `Fields`, in a type of its own, so that nothing is inferred from the one to the other. */
export type Wanted<N> = { readonly [K in keyof (N & {}) as Words<K>]: Value<K, (N & {})[K]> }

/** The type of `this` of what may also be called by itself. */
// biome-ignore lint/suspicious/noConfusingVoidType: void is what a function is called on that is called alone
export type Receiver<N> = Wanted<N> | void
