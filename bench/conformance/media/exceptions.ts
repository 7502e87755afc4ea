/** What the two decoders may tell otherwise: fields of `Clip`, on files whose names hold these words. */
export interface Exception {
  readonly files: string
  readonly facts: readonly string[]
  readonly why: string
}

/** The stated exceptions; docs/media.md repeats this table. Pictures, their order, number and times agree to the bit on all. */
export const exceptions: readonly Exception[] = [
  {
    files: '.',
    facts: ['fps', 'realFps'],
    why: 'the program prints two decimals and estimates the base rate in a way of its own',
  },
  {
    files: '.gif',
    facts: ['durationSeconds'],
    why: 'the rate of a single picture, and what follows from it, is an estimate',
  },
  {
    files: 'zero',
    facts: ['durationSeconds'],
    why: 'where times do not tell a duration it follows from the printed rate',
  },
  { files: 'png', facts: ['matrix'], why: 'the program does not print the matrix of pictures that are stored as RGB' },
]

/** Fields of `Clip` that may differ on a file. */
export const mayDiffer = (name: string): readonly string[] =>
  exceptions.filter(({ files }) => name.includes(files)).flatMap(({ facts }) => facts)
