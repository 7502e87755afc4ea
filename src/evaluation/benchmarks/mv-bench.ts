import type { VideoRecord } from '../../dataset/index.ts'
import { type Benchmark, inFolder } from './benchmark.ts'

const lies = inFolder('MVBench')

/** Where the clip lies below `MVBench`: Video-R1's file does not name the task, and some folders serve several. */
const folderOf = ({ path }: VideoRecord): string | undefined => /(?:^|\/)MVBench\/([^/]+)\//.exec(path)?.[1]

/**
 * MVBench (arXiv 2311.17005): some questions are about a part of their clip (`window`), and those of TV shows about folders of pictures,
 * three a second, which Video-R1's file names like clips.
 */
export const mvBench: Benchmark = {
  name: 'mvbench',
  title: 'MVBench',
  quirk: 'Clips are shown whole, as Video-R1 does; --window part shows what a question is about.',
  holds: record => lies(record) || record.source === 'MVBench',
  labels: record => {
    const folder = folderOf(record)
    return { ...(folder === undefined ? {} : { folder }), medium: record.dataType === 'frame' ? 'pictures' : 'clip' }
  },
}
