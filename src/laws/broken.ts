/** A law that does not hold: which, on what, what was seen, and where to look. */
export interface BrokenLaw {
  readonly _tag: 'BrokenLaw'
  readonly law: string
  /** The law in one sentence. */
  readonly says: string
  /** The smallest input found. */
  readonly input: string
  /** What differs, and where. */
  readonly reason: string
  /** What to look at first; may be empty. */
  readonly look: string
  /** Repeats the failure. */
  readonly seed: number
  readonly path: string | null
}

/** The line that repeats a failure: JavaScript, for where `laws` holds the laws that were tried. */
const replayLine = ({ law, seed, path }: BrokenLaw): string =>
  `laws.find(({ name }) => name === ${JSON.stringify(law)})?.assert({ seed: ${seed}${
    path === null ? '' : `, path: ${JSON.stringify(path)}, endOnFailure: true`
  } })`

/** The words for a broken law: what it says, the smallest input found, what differs there, what to look at, and the line that repeats it. */
export const brokenLawText = (broken: BrokenLaw): string => {
  const { law, says, input, reason, look, seed, path } = broken
  return [
    `the law "${law}" is broken: ${reason}`,
    `on ${input}`,
    `(seed ${seed}${path === null ? '' : `, path "${path}"`})`,
    `it says: ${says}`,
    ...(look === '' ? [] : [`look at: ${look}`]),
    `again: ${replayLine(broken)}`,
  ].join('\n')
}
