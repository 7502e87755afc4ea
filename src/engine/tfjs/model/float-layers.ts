import { packingOf } from '../tensors/packed.ts'
import { asFloats } from '../tensors/widen.ts'
import type { Parameters } from './parameters.ts'

/** A layer of the model by its beginning, or a weight that stands alone: what is folded into one another. */
export const partOf = (name: string): string =>
  /^(model\.layers\.\d+|visual\.blocks\.\d+|visual\.merger)\./.exec(name)?.[0] ?? name

/**
 * The same weights with those as float32 that belong to a layer of which something is trained: gradients go through its weights. What is
 * turned is freed, one by one.
 */
export const floatsWhereTrained = (parameters: Parameters, names: readonly string[]): Parameters => {
  const parts = new Set(names.map(partOf))
  return new Map(
    [...parameters].map(([name, x]) => {
      if (packingOf(x) === undefined || !parts.has(partOf(name))) return [name, x]
      const floats = asFloats(x)
      x.dispose()
      return [name, floats]
    }),
  )
}
