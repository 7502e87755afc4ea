import { type Edit, withEdits } from '../boxes.ts'
import { evenly, file, type MediaCase, plain, run, showing } from '../case.ts'
import type { Encoding } from '../encode.ts'
import type { Expected } from '../expected.ts'

/** Ticks a picture in FFmpeg's MP4 at 25 frames a second, and how much later B pictures make all of them. */
const ticks = 512
const late = 2 * ticks

/** Shows pictures `first` to `last`. */
const show = (first: number, last: number): Edit => ({
  milliseconds: 40 * (last - first + 1),
  from: first * ticks + late,
})
const wait = (milliseconds: number): Edit => ({ milliseconds, from: -1 })
const span = (first: number, last: number): readonly number[] => run(last - first + 1, first)

const long: Encoding = { ...plain, gop: 60 }
/** At a seam players differ by a picture's time: the last of one edit and the first of the next may share one. */
const seams: Expected = { timesWithin: 0.0415 }

interface Cut {
  readonly name: string
  readonly why: string
  readonly edits: readonly Edit[]
  readonly numbers: readonly number[]
  readonly encoding?: Encoding
  readonly more?: Expected
  readonly version?: 0 | 1
}

const cuts: readonly Cut[] = [
  { name: 'el_one', why: 'one edit from a key picture on', edits: [show(12, 35)], numbers: span(12, 35) },
  {
    name: 'el_one_mid',
    why: 'one edit that begins between key pictures',
    edits: [show(17, 40)],
    numbers: span(17, 40),
  },
  {
    name: 'el_version1',
    why: 'an edit list with 64-bit entries',
    edits: [show(17, 40)],
    numbers: span(17, 40),
    version: 1,
  },
  {
    name: 'el_two_apart',
    why: 'two edits with a gap between them',
    edits: [show(5, 14), show(40, 49)],
    numbers: [...span(5, 14), ...span(40, 49)],
    more: seams,
  },
  {
    name: 'el_three',
    why: 'three edits',
    edits: [show(2, 7), show(20, 29), show(50, 55)],
    numbers: [...span(2, 7), ...span(20, 29), ...span(50, 55)],
    more: { timesWithin: 0.083 },
  },
  {
    name: 'el_repeat',
    why: 'the same stretch twice',
    edits: [show(12, 23), show(12, 23)],
    numbers: [...span(12, 23), ...span(12, 23)],
    more: seams,
  },
  {
    name: 'el_repeat_mid',
    why: 'the same stretch between key pictures three times',
    edits: [show(15, 20), show(15, 20), show(15, 20)],
    numbers: [...span(15, 20), ...span(15, 20), ...span(15, 20)],
    more: { timesWithin: 0.083 },
  },
  {
    name: 'el_order',
    why: 'a later stretch comes first',
    edits: [show(36, 47), show(0, 11)],
    numbers: [...span(36, 47), ...span(0, 11)],
    more: seams,
  },
  {
    name: 'el_order_mid',
    why: 'a later stretch comes first, both between key pictures',
    edits: [show(40, 49), show(5, 14)],
    numbers: [...span(40, 49), ...span(5, 14)],
    more: seams,
  },
  {
    name: 'el_overlap',
    why: 'two edits that overlap',
    edits: [show(5, 24), show(15, 34)],
    numbers: [...span(5, 24), ...span(15, 34)],
    more: seams,
  },
  {
    name: 'el_wait',
    why: 'an empty edit of a second before the pictures',
    edits: [wait(1000), show(0, 59)],
    numbers: span(0, 59),
  },
  {
    name: 'el_wait_mid',
    why: 'an empty edit, then one that begins between key pictures',
    edits: [wait(480), show(7, 30)],
    numbers: span(7, 30),
  },
  {
    name: 'el_gap',
    why: 'an empty edit between two others',
    edits: [show(0, 11), wait(400), show(12, 23)],
    numbers: span(0, 23),
    more: { times: [...evenly(12), ...evenly(12).map(time => time + 0.88)], refusal: { how: 'may' }, ...seams },
  },
  {
    name: 'el_end_trimmed',
    why: 'the end is trimmed behind a long last group of pictures',
    edits: [show(0, 19)],
    numbers: span(0, 19),
    encoding: long,
  },
  {
    name: 'el_both_trimmed',
    why: 'both ends are trimmed inside one group of pictures',
    edits: [show(10, 29)],
    numbers: span(10, 29),
    encoding: long,
  },
  { name: 'el_one_picture', why: 'an edit of one picture', edits: [show(30, 30)], numbers: [30], encoding: long },
  {
    name: 'el_two_long',
    why: 'two edits of one long group',
    edits: [show(5, 14), show(40, 49)],
    numbers: [...span(5, 14), ...span(40, 49)],
    encoding: long,
    more: seams,
  },
  {
    name: 'el_no_b',
    why: 'two edits without B pictures',
    edits: [
      { milliseconds: 400, from: 5 * ticks },
      { milliseconds: 400, from: 40 * ticks },
    ],
    numbers: [...span(5, 14), ...span(40, 49)],
    encoding: { gop: 12 },
    more: seams,
  },
  {
    name: 'el_hevc',
    why: 'one edit of HEVC between key pictures',
    edits: [show(17, 40)],
    numbers: span(17, 40),
    encoding: { encoder: 'libx265', bFrames: 2 },
  },
  { name: 'el_beyond', why: 'an edit that ends behind the last picture', edits: [show(30, 99)], numbers: span(30, 59) },
]

/** Edit lists: what is shown, how often and in which order. */
export const edits: readonly MediaCase[] = cuts.map(
  ({ name, why, edits: list, numbers, encoding = plain, more = {}, version = 0 }) => ({
    name: `${name}.mp4`,
    why: `${why}: counts, times and pictures are those that a player shows`,
    make: () => withEdits(file('mp4', encoding), list, version),
    right: showing(numbers, more),
  }),
)
