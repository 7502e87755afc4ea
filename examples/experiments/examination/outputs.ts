import { join } from 'node:path'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import * as t from 'io-ts'
import { readRecords, type VideoRecord } from 'kinograd/dataset'
import type { Fault } from 'kinograd/flow'
import { readRows } from 'kinograd/run'

const row = t.type({ policy: t.string, id: t.string, text: t.string }, 'output')

/** A test question with what a policy answered. */
export interface Output {
  readonly record: VideoRecord
  readonly output: string
}

/** The first questions of a world's test split with the greedy outputs that a run kept of a policy. */
export const outputsOf = (
  world: string,
  run: string,
  policy: string,
  most: number,
): TE.TaskEither<Fault, readonly Output[]> =>
  F.pipe(
    readRows(row, join(run, 'outputs.jsonl'), one => one.policy === policy),
    TE.mapLeft((wrong): Fault => wrong),
    TE.map(rows => new Map(rows.map(({ id, text }) => [id, text]))),
    TE.flatMap(texts => async () => {
      const all: Output[] = []
      for await (const read of readRecords([join(world, 'test.json')])) {
        if (E.isLeft(read)) return read
        const output = texts.get(read.right.id)
        if (output !== undefined && all.length < most) all.push({ record: read.right, output })
      }
      return E.right(all)
    }),
  )
