import { join } from 'node:path'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { readRecords, type VideoRecord } from 'kinograd/dataset'
import type { Fault } from 'kinograd/flow'
import { openWorld, readScenes } from '../../videop2r/world/index.ts'
import type { Groundwork } from '../groundwork.ts'
import type { Code } from './catalogue.ts'

/** A clip with the text that it shows. */
export interface Shown {
  readonly record: VideoRecord
  readonly code: Code
}

/** The first record of every clip of a file. */
const oneOfEachClip =
  (file: string): TE.TaskEither<Fault, readonly VideoRecord[]> =>
  async () => {
    const byPath = new Map<string, VideoRecord>()
    for await (const read of readRecords([file])) {
      if (E.isLeft(read)) return read
      if (!byPath.has(read.right.path)) byPath.set(read.right.path, read.right)
    }
    return E.right([...byPath.values()])
  }

/** Clips of a split of a groundwork's world, each once, with what is written there. */
export const shownIn = (
  { directory }: Groundwork,
  split: 'train-sft' | 'test',
): TE.TaskEither<Fault, readonly Shown[]> =>
  F.pipe(
    openWorld(join(directory, 'world')),
    TE.bindTo('world'),
    TE.bind('scenes', ({ world }) => readScenes(world)),
    TE.bindW('records', ({ world }) => oneOfEachClip(world.records[split])),
    TE.map(({ records, scenes }) =>
      records.flatMap(record => {
        const scene = scenes.get(record.id)
        return scene === undefined ? [] : [{ record, code: { letter: scene.letter, digit: scene.digit } }]
      }),
    ),
  )
