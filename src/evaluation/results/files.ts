import { join } from 'node:path'

/** What an evaluation writes into its folder. */
export interface EvaluationFiles {
  readonly folder: string
  /** All results in Video-R1's layout; written at the end. */
  readonly results: string
  /** Figures with intervals, breakdowns and settings; written at the end. */
  readonly summary: string
  /** A line an item, as answers come: what resuming goes by. */
  readonly journal: string
  /** What was asked for. */
  readonly settings: string
  /** What answers cost. */
  readonly spent: string
}

/** The files of an evaluation in a folder. */
export const evaluationFiles = (folder: string): EvaluationFiles => ({
  folder,
  results: join(folder, 'results.json'),
  summary: join(folder, 'summary.json'),
  journal: join(folder, 'journal.jsonl'),
  settings: join(folder, 'settings.json'),
  spent: join(folder, 'spent.jsonl'),
})
