/** How pictures are read as clips. What is odd is refused unless an option takes it: no picture is lost or squeezed without a word. */
export interface PictureOptions {
  /** Pictures a second of folders and lists that tell no rate of their own; 2 unless given, as qwen_vl_utils takes it. */
  readonly fps?: number
  /**
   * `whole`: the names of a folder's pictures have one pattern, and their numbers follow each other with none missing and none twice;
   * what does not is `BadFolder`. `any`: natural order of the names is enough. `whole` unless given.
   */
  readonly numbering?: 'whole' | 'any'
  /** `same`: another size than that of the first picture is `BadSize`. `scaled`: it is scaled to it, squeezed if need be. `same` unless given. */
  readonly sizes?: 'same' | 'scaled'
  /**
   * What is no JPEG, PNG or WebP by its name: `refused` as `BadFolder`, or `ignored`. `refused` unless given; names that begin with a
   * dot and those that file browsers leave (`Thumbs.db`, `desktop.ini`, `@eaDir`) never count.
   */
  readonly others?: 'refused' | 'ignored'
  /** Undo the orientation tag, as viewers do; not unless given, as the reference loader does not (`readImage`). */
  readonly upright?: boolean
}

/** The options with what was left out. */
export type PictureSettings = Required<PictureOptions>

/** Fills in what was left out of the options. */
export const pictureSettings = (options: PictureOptions): PictureSettings => ({
  fps: options.fps ?? 2,
  numbering: options.numbering ?? 'whole',
  sizes: options.sizes ?? 'same',
  others: options.others ?? 'refused',
  upright: options.upright ?? false,
})
