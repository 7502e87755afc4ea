/** How much a server takes in a minute, and how much may wait in its batches. */
export interface ServerLimits {
  /** What they are called, with the day on which they were read. */
  readonly name: string
  readonly requestsPerMinute?: number
  readonly inputTokensPerMinute?: number
  readonly outputTokensPerMinute?: number
  /** Requests of all batches that may wait at the same time. */
  readonly waitingInBatches?: number
}

/** What Anthropic allows a new account, by its pages; accounts that have spent more may ask for more. */
export const anthropicLimits: ServerLimits = {
  name: 'Anthropic, Start tier, 2026-11-25',
  requestsPerMinute: 1000,
  inputTokensPerMinute: 2_000_000,
  outputTokensPerMinute: 400_000,
  waitingInBatches: 200_000,
}

/** A batch is done, or expired, after so many hours. */
export const batchHours = 24
