/**
 * Which stage adds which field, for the messages of the compiler. Add your own fields by declaration merging:
 * `declare module 'kinograd/flow' { interface AddedBy { masks: 'segment' } }`.
 */
// biome-ignore lint/suspicious/noEmptyInterface: rows are added by declaration merging
export interface AddedBy {}

/** What the compiler says where a field is missing. */
type Words<K> = K extends keyof Batched
  ? Batched[K]
  : `needs \`${K & string}\`: put ${K extends keyof AddedBy ? `\`${AddedBy[K] & string}\`` : 'the stage that adds it'} before`

/** Fields of a batch: whoever misses them has single items. */
interface Batched {
  readonly items: 'needs a batch: put `batch` before'
  readonly index: 'needs a batch: put `batch` before (index)'
  readonly failed: 'needs a batch: put `batch` before (failed)'
}

/** The members of a batch are looked into, any other value is taken as it is. */
type Value<K, V> = K extends 'items' ? (V extends readonly (infer Member)[] ? Fields<Member> : V) : V

/**
 * The fields of an item under names that say which stage adds them. Stages carry it as the type of `this`, which the
 * compiler compares before anything else: a stage in the wrong place is told in one short message. No value has it.
 * (A mapped type and not a condition, so that it is also known of an item type that is still open.)
 */
export type Fields<A> = { readonly [K in keyof A as Words<K>]: Value<K, A[K]> }

/** The type of `this` of a stage: the fields that it reads, or nothing, so that it can also be called by itself. */
// biome-ignore lint/suspicious/noConfusingVoidType: void is what a function is called on that is called alone
export type Receiver<A> = Fields<A> | void
