/**
 * Names of modules as PEFT takes them: a list of names or of their ends (`q_proj`), a Python regular expression that fits the whole
 * name, or `all-linear`: everything but the head and the patch embedding.
 */
export type Modules = string | readonly string[]

/** Which modules an adapter changes. */
export interface Targets {
  /** target_modules */
  readonly targets: Modules
  /** exclude_modules: not these, though they are targets. */
  readonly excludes?: Modules
  /** layers_to_transform: of the targets, which are then a list, those in layers of these numbers, of decoder and tower alike. */
  readonly layers?: readonly number[]
  /** layers_pattern: names of the lists of layers that `layers` numbers; any, when not given. */
  readonly layersPattern?: readonly string[]
}

/** Numbers by patterns of module names: a pattern of Python that fits a name or its end counts, the first of them. */
export type ByPattern = Readonly<Record<string, number>>

/** What a low-rank adapter is besides its numbers; the names are PEFT's. */
export interface AdapterShape extends Targets {
  /** r */
  readonly rank: number
  /** lora_alpha */
  readonly alpha: number
  /** use_rslora: the scale is alpha / √rank instead of alpha / rank. */
  readonly rslora?: boolean
  /** rank_pattern: other ranks, of modules that fit. */
  readonly rankPattern?: ByPattern
  /** alpha_pattern: other alphas, of modules that fit. */
  readonly alphaPattern?: ByPattern
  /**
   * lora_dropout: the share of an adapted module's inputs that its adapter does not see, in training alone, each pass another. Completions of
   * a group share what their prompt does not see, as they share its rows.
   */
  readonly dropout?: number
}
