declare const heavy: unique symbol

/**
 * Marks a type whose values are big: `interface Frames extends Heavy`. Such a value must not cross the border of a
 * scope. The mark exists only in the types: no value carries it.
 */
export interface Heavy {
  readonly [heavy]?: never
}

/** The names of the fields of `B`, at most four levels of fields deep, that hold something heavy. */
export type HeavyFields<B, Depth extends readonly unknown[] = [1, 1, 1, 1]> = Depth extends readonly [
  unknown,
  ...infer Rest,
]
  ? B extends Leaf
    ? never
    : B extends readonly (infer Member)[]
      ? IsHeavy<Member> extends true
        ? 'a member of the list'
        : HeavyFields<Member, Depth>
      : { [K in keyof B]-?: IsHeavy<B[K]> extends true ? K : HeavyFields<B[K], Rest> }[keyof B]
  : never

/**
 * Fields that always hold something heavy, by declaration merging. They are found in an item type that is still open (a scope in a
 * constant of its own), where a mark on a value is not known yet.
 */
// biome-ignore lint/suspicious/noEmptyInterface: rows are added by declaration merging
export interface HeavyNames {}

/** An item without such fields. (`toString` is there so that every value has something in common with it.) */
interface LightMember extends Readonly<Partial<Record<keyof HeavyNames, undefined>>> {
  readonly toString: () => string
}
/** An item, or a batch of them, without such fields. */
export interface Light extends LightMember {
  readonly items?: readonly LightMember[] | undefined
}

/** What `within` demands of the outputs of its stage: nothing, unless a heavy field would leave the scope. */
export type Crossing<B> = HoldsHeavy<B> extends true ? Drop<FieldsKept<B>> : unknown

/** What the compiler says of them. */
export interface Drop<Names> {
  readonly 'these fields must not leave the scope: drop them in its last stage': Names
}
type FieldsKept<B> = IsHeavy<B> extends true ? 'the item itself' : HeavyFields<B>
type HoldsHeavy<B> = [FieldsKept<B>] extends [never] ? false : true

type Leaf =
  | string
  | number
  | bigint
  | boolean
  | symbol
  | null
  | undefined
  | ArrayBufferView
  | ((...a: never) => unknown)

type IsHeavy<T> = [T] extends [never] ? false : typeof heavy extends keyof NonNullable<T> ? true : false
