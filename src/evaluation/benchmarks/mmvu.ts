import { type Benchmark, inFolder } from './benchmark.ts'

/** MMVU (arXiv 2501.12380): the validation split's 625 questions of multiple choice, five options each; its subjects are folders. */
export const mmvu: Benchmark = {
  name: 'mmvu',
  title: 'MMVU',
  quirk: 'The public file holds the 625 questions of multiple choice of the validation split; the paper counts 1,858.',
  holds: inFolder('MMVU'),
  labels: ({ path }) => {
    const domain = /\/videos\/([^/]+)\/[^/]+$/.exec(path)?.[1]?.replaceAll('_', ' ')
    return domain === undefined ? {} : { domain }
  },
}
