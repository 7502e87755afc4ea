/** What one contestant did in one case, in a process of its own. */
export interface Result {
  readonly seconds: number
  readonly items: number
  /** Most items at once between the start of their work and the end of their consumption. */
  readonly peakAlive: number
  readonly peakRssBytes: number
}

/** The work that every contestant composes in its own way; it keeps count of what is alive. */
export interface Work {
  readonly concurrency: number
  /** Ids, one by one. */
  readonly source: () => Iterable<number>
  /** Small items: adds one, by way of a promise. */
  readonly step: (n: number) => Promise<number>
  /** Big items: makes one, by way of a promise. */
  readonly load: (n: number) => Promise<Uint8Array>
  /** Big items: a slow reader, about a millisecond each. */
  readonly consume: (big: Uint8Array) => Promise<number>
}

/** Both cases of one contestant; resolves to the number of items that arrived. */
export interface Contestant {
  readonly small: (work: Work) => Promise<number>
  readonly big: (work: Work) => Promise<number>
}
