import { type Benchmark, fieldOf, inFolder } from './benchmark.ts'

/** The tracks in the order of the file, 300 questions each. */
const tracks = ['perception', 'comprehension', 'adaptation'] as const
const perTrack = 300

/** The track of a question by its id from 1 to 900: the file does not say it. */
const inferredTrack = (id: string): string | undefined =>
  /^[1-9]\d{0,2}$/.test(id) ? tracks[Math.floor((Number(id) - 1) / perTrack)] : undefined

/**
 * VideoMMMU (arXiv 2501.13826): its three tracks are not in the file of Video-R1; ids 1–300, 301–600 and 601–900 follow the order of the
 * tracks, so that the track is an inference (`track_inferred` in the results). Accuracy is over all, 18 numerical questions included.
 */
export const videoMmmu: Benchmark = {
  name: 'videommmu',
  title: 'VideoMMMU',
  quirk: 'Its tracks are inferred from the order of ids (1–300, 301–600, 601–900): the file does not say them.',
  holds: inFolder('VideoMMMU'),
  labels: record => {
    const said = fieldOf(record, 'track')
    const track = said ?? inferredTrack(record.id)
    const subject = /validation_(.+)_\d+\.\w+$/.exec(record.path)?.[1]?.replaceAll('_', ' ')
    return {
      ...(track === undefined ? {} : { track }),
      ...(subject === undefined ? {} : { subject }),
    }
  },
}
