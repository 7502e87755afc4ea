import { type Benchmark, inFolder } from './benchmark.ts'

/** VSI-Bench (arXiv 2412.14171): numbers by mean relative accuracy, choices by accuracy; the paper's overall is the plain mean of both. */
export const vsiBench: Benchmark = {
  name: 'vsi-bench',
  title: 'VSI-Bench',
  quirk: 'Its overall score is the plain mean of MRA (regression) and accuracy (multiple choice), as in the paper.',
  holds: inFolder('VSIBench'),
  halves: true,
  labels: ({ path }) => {
    const scenes = path.split('/').at(-2)
    return scenes === undefined ? {} : { scenes }
  },
}
