/** How pictures are read as clips. What is odd is refused unless an option takes it: no picture is lost or squeezed without a word. */
export interface PictureOptions {
  /** Pictures a second of folders and lists that tell no rate of their own; 2 unless given, as qwen_vl_utils takes it. */
  readonly fps?: number
  /**
   * What to do where the names of a folder's pictures do not have one pattern, or their numbers do not follow each other with none
   * missing and none twice: `refuse` it as `BadFolder`, or `accept` the natural order of the names. `refuse` unless given.
   */
  readonly onGap?: 'refuse' | 'accept'
  /**
   * What to do about a picture of another size than the first one: `refuse` it as `SizeChange`, or `scale` it to that size, squeezed if
   * need be, and say so in `frames.resized`. `refuse` unless given.
   */
  readonly onSizeChange?: 'refuse' | 'scale'
  /**
   * What to do about files that are no JPEG, PNG or WebP by their names: `refuse` the folder as `BadFolder`, or `ignore` them. `refuse`
   * unless given; names that begin with a dot and those that file browsers leave (`Thumbs.db`, `desktop.ini`, `@eaDir`) never count.
   */
  readonly onOther?: 'refuse' | 'ignore'
  /** Undo the orientation tag, as viewers do; not unless given, as the reference loader does not (`readImage`). */
  readonly upright?: boolean
}

/** The options with what was left out. */
export type PictureSettings = Required<PictureOptions>

/** Fills in what was left out of the options. */
export const pictureSettings = (options: PictureOptions): PictureSettings => ({
  fps: options.fps ?? 2,
  onGap: options.onGap ?? 'refuse',
  onSizeChange: options.onSizeChange ?? 'refuse',
  onOther: options.onOther ?? 'refuse',
  upright: options.upright ?? false,
})
