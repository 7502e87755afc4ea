/**
 * Files of the suite, by the start of their names, on which the two decoders may differ, and why. docs/media.md repeats
 * this table.
 */
export const exceptions: readonly { readonly files: string; readonly why: string }[] = []

/** Why the decoders may differ on a file; undefined where they must agree to the bit. */
export const exceptionOf = (name: string): string | undefined =>
  exceptions.find(({ files }) => name.startsWith(files))?.why
