import { function as F, taskEither as TE } from 'fp-ts'
import { type Adding, stage } from '../flow/index.ts'
import { contactSheet, type SheetOptions } from '../media/index.ts'
import { type HasFrames, type HasRecord, type HasSheet, recordId } from './items.ts'

/**
 * Keeps a small picture of the frames for logs and pages: all of them side by side as one JPEG in base64. Reads `frames`, adds
 * `sheet`: about 1 kB a picture at the default width of 96 pixels. Place it before the frames are dropped. Items keep their order. Left:
 * `BadSampling` where there are no frames.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import type { VideoRecord } from 'kinograd/dataset'
 * import { items } from 'kinograd/flow'
 * import { toSheet } from 'kinograd/stages'
 * import { firstValueFrom } from 'rxjs'
 *
 * const more = { options: [], path: 'a.mp4', source: '' }
 * const record: VideoRecord = { ...more, id: 'a', problem: 'How many balls?', answer: '3', problemType: 'numerical', dataType: 'video' }
 * const frames = { data: new Uint8Array(2 * 28 * 28 * 3), count: 2, width: 28, height: 28, times: [0, 0.5] }
 * const item = await firstValueFrom(items([{ record, frames }]).pipe(toSheet()))
 * assert(E.isRight(item) && item.right.sheet.startsWith('/9j/'))
 * ```
 */
export const toSheet = (options: SheetOptions = {}): Adding<HasRecord & HasFrames, HasSheet> =>
  stage.adding({ name: 'sheet', item: recordId }, ({ frames }: HasRecord & HasFrames) =>
    F.pipe(
      contactSheet(frames, { columns: 8, cell: 96, gap: 2, quality: 70, ...options }),
      TE.map(jpeg => ({ sheet: Buffer.from(jpeg).toString('base64') })),
    ),
  )
