import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DataType, VideoRecord } from 'kinograd/dataset'
import { videoRecord } from 'kinograd/dataset'
import { orThrow } from 'kinograd/flow'
import { encodeVideo } from 'kinograd/media'
import sharp from 'sharp'

/** Pictures are grey: the more boxes, the brighter. */
const side = 56
export const brightnessOf = (boxes: number): number => 60 * boxes
const pixels = (boxes: number, frame: number) => new Uint8Array(side * side * 3).fill(brightnessOf(boxes) + frame)
const picture = (boxes: number, frame = 0) =>
  sharp(pixels(boxes, frame), { raw: { width: side, height: side, channels: 3 } })

/** What every record asks. */
export const question = 'How many boxes are there?'

const kinds: readonly DataType[] = ['video', 'image', 'frame']
const pathOf = (kind: DataType, boxes: number): string =>
  ({ video: `./clips/${boxes}.mp4`, image: `./pictures/${boxes}.png`, frame: `./frames/${boxes}` })[kind]

/** What may be wrong with a record, and how its fault is called. */
const breakages: readonly (Pick<VideoRecord, 'dataType' | 'path'> & { readonly fault: string })[] = [
  { dataType: 'video', path: './broken/cut.mp4', fault: 'Truncated' },
  { dataType: 'image', path: './broken/cut.png', fault: 'NotAnImage' },
  { dataType: 'frame', path: './broken/gap', fault: 'BadFolder' },
  { dataType: 'frame', path: './broken/sizes', fault: 'SizeChange' },
  { dataType: 'frame', path: './broken/empty', fault: 'Empty' },
  { dataType: 'image', path: './clips/1.mp4', fault: 'WrongKind' },
  { dataType: 'video', path: './pictures/2.png', fault: 'WrongKind' },
  { dataType: 'image', path: './pictures/none.png', fault: 'NotFound' },
  { dataType: 'frame', path: './broken/away', fault: 'OutsideRoot' },
  { dataType: 'video', path: '', fault: 'BadRecord' },
]

/** The records of a set, the broken ones with the fault that each of them has. */
export const mixedRecords = (count: number, brokenEvery: number) =>
  Array.from({ length: count }, (_, n): VideoRecord & { readonly fault?: string } => {
    const [boxes, dataType] = [1 + (n % 3), kinds[Math.floor(n / 3) % kinds.length]!]
    const broken =
      n % brokenEvery === brokenEvery - 1 ? breakages[Math.floor(n / brokenEvery) % breakages.length] : undefined
    return {
      ...{ id: String(n), problem: question, problemType: 'numerical', options: [], source: 'mixed' },
      ...{ answer: String(boxes), ...(broken ?? { dataType, path: pathOf(dataType, boxes) }) },
    }
  })

/**
 * Writes a file of questions about videos, pictures and folders of pictures, with their media. One in `brokenEvery` is broken: cut
 * short, missing, of another kind than it says, a folder with a gap, a line without a path, and so on.
 */
export const writeMixedSet = async (folder: string, count: number, brokenEvery: number): Promise<string> => {
  const at = (...names: readonly string[]) => join(folder, ...names)
  for (const made of ['clips', 'pictures', 'broken/gap', 'broken/sizes', 'broken/empty'])
    await mkdir(at(made), { recursive: true })
  for (const boxes of [1, 2, 3]) {
    const clip = Array.from({ length: 8 }, (_, frame) => pixels(boxes, frame))
    orThrow(await encodeVideo(at('clips', `${boxes}.mp4`), clip, { width: side, height: side, fps: 4 })())
    await picture(boxes).toFile(at('pictures', `${boxes}.png`))
    await mkdir(at('frames', String(boxes)), { recursive: true })
    for (let frame = 0; frame < 6; frame++)
      await picture(boxes, frame).toFile(at('frames', String(boxes), `${frame + 7}.png`))
  }
  for (const [from, to] of [
    ['clips/1.mp4', 'cut.mp4'],
    ['pictures/3.png', 'cut.png'],
  ] as const) {
    const bytes = await readFile(at(from))
    await writeFile(at('broken', to), bytes.subarray(0, bytes.length - 40))
  }
  for (const n of [1, 2, 4]) await picture(1).toFile(at('broken/gap', `${n}.png`))
  for (const n of [1, 2])
    await picture(1)
      .resize(n * side)
      .toFile(at('broken/sizes', `${n}.png`))
  await symlink(tmpdir(), at('broken/away'))
  const lines = mixedRecords(count, brokenEvery).map(({ fault, ...record }) => {
    const published = videoRecord.encode(record)
    return JSON.stringify(fault === 'BadRecord' ? { ...published, path: null } : published)
  })
  const questions = at('questions.jsonl')
  await writeFile(questions, `${lines.join('\n')}\n`)
  return questions
}
