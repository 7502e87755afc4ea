import type { Benchmark } from './benchmark.ts'

/**
 * VCR-Bench (arXiv 2504.07956): options stand in the question already, and are not put there twice. The paper counts the 510 questions of
 * multiple choice of 1,034; open ones are scored by ROUGE and stand apart.
 */
export const vcrBench: Benchmark = {
  name: 'vcr-bench',
  title: 'VCR-Bench',
  quirk: 'Its accuracy is over questions of multiple choice, as in the paper; open ones have a score of their own.',
  holds: ({ source }) => source === 'VCR-Bench',
  counted: ['multiple choice'],
  labels: ({ kind }) => (kind === undefined ? {} : { dimension: kind }),
}
