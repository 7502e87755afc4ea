import { type Benchmark, fieldOf, inFolder } from './benchmark.ts'

const kept = ['duration', 'domain', 'sub_category', 'task_type'] as const

/** Video-MME (arXiv 2405.21075), without subtitles: duration, domain, sub-category and task stand in its file. */
export const videoMme: Benchmark = {
  name: 'video-mme',
  title: 'Video-MME',
  quirk: 'It is asked without subtitles, as in the paper.',
  holds: inFolder('VideoMME'),
  labels: record =>
    Object.fromEntries(
      kept.flatMap(name => {
        const value = fieldOf(record, name)
        return value === undefined ? [] : [[name === 'task_type' ? 'task' : name, value] as const]
      }),
    ),
}
