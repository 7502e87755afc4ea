import type { Benchmark } from './benchmark.ts'

/** Video-Holmes (arXiv 2505.21374): options from A to F, names with spaces in its file; it is a further one, not of the paper. */
export const videoHolmes: Benchmark = {
  name: 'video-holmes',
  title: 'Video-Holmes',
  holds: ({ source }) => source === 'Video-Holmes',
}
