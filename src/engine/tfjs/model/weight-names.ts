/**
 * How Hugging Face names the weights of a Qwen2.5-VL: `hub` as released checkpoints and every `save_pretrained` do
 * (`model.layers.0…`, `visual.…`), `modules` as the modules are called since transformers 4.52, and so state dicts
 * (`model.language_model.layers.0…`, `model.visual.…`). An untied head is `lm_head.weight` in both.
 */
export type WeightNames = 'hub' | 'modules'

const text = 'model.language_model.'
const vision = 'model.visual.'

/** The scheme that a name belongs to; nothing where it is the same in both. */
export const schemeOf = (name: string): WeightNames | undefined =>
  name.startsWith(text) || name.startsWith(vision) ? 'modules' : /^(model|visual)\./.test(name) ? 'hub' : undefined

/** The hub's name of a weight, from its name in either scheme. */
export const hubName = (name: string): string =>
  name.startsWith(text)
    ? `model.${name.slice(text.length)}`
    : name.startsWith(vision)
      ? `visual.${name.slice(vision.length)}`
      : name

/** A weight's name in a scheme, from its hub name. */
export const nameIn = (scheme: WeightNames, name: string): string =>
  scheme === 'hub' ? name : name.replace(/^model\./, text).replace(/^visual\./, vision)
