/** What a normaliser promises besides being a normaliser; the laws that apply follow from it. */
export interface Promises {
  /** `process`: each process its own advantages from its own rewards. `all`: one advantage for every token. */
  readonly routing: 'process' | 'all'
  /** Groups are normalised each by itself, or some figure of the whole batch enters. */
  readonly scope: 'group' | 'batch'
  /**
   * What the centred reward is divided by: the group's standard deviation over n − 1 (`sample`) or n (`population`)
   * plus epsilon; nothing (`none`); or something else (`other`), of which only sign and order are asked.
   */
  readonly scale: 'sample' | 'population' | 'none' | 'other'
  /** Added to the standard deviation; 1e-4 by default. */
  readonly epsilon?: number
}

/** What `paGrpo()` promises. */
export const paGrpoPromises: Promises = { routing: 'process', scope: 'group', scale: 'sample' }
