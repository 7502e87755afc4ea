import { evenly, file, type MediaCase, run, showing, track } from '../case.ts'
import type { Encoding } from '../encode.ts'
import { retimed } from '../join.ts'
import { mux } from '../mux.ts'

const pal8: Encoding = { layout: 'pal8', encoder: 'rawvideo', count: 40, gop: 1 }
const later: Encoding = { ...pal8, light: picture => (picture < 20 ? [220, 220, 220] : [60, 200, 220]) }
const colours = {
  pixelsOfFrame: {
    '3': { '8,24': [220, 220, 220], '90,60': [90, 90, 90] },
    '39': { '8,24': [220, 220, 220], '150,24': [40, 40, 40] },
  },
} as const
const changed = {
  pixelsOfFrame: { '3': { '8,24': [220, 220, 220] }, '39': { '8,24': [60, 200, 220], '150,24': [40, 40, 40] } },
} as const
/** Hundredths of a second at which picture n comes: 2, 5, 8, 11 and 14 after one another, again and again. */
const delays = run(40).map(i => 40 * Math.floor(i / 5) + [0, 2, 7, 15, 26][i % 5]!)

/** Pictures of palette colours: a palette comes once, and seeking must not lose it. */
export const palettes: readonly MediaCase[] = [
  {
    name: 'pal_raw.avi',
    why: 'one palette in the header of an AVI, raw pictures',
    make: () => file('avi', pal8),
    right: showing(run(40), colours),
  },
  {
    name: 'pal_raw_change.avi',
    why: 'the palette changes at picture 20: later pictures have the later one',
    make: () => file('avi', later),
    right: showing(run(40), changed),
  },
  {
    name: 'pal_msrle.avi',
    why: 'one palette in the header of an AVI, Microsoft RLE',
    make: () => file('avi', { ...pal8, encoder: 'msrle', gop: 10 }),
    right: showing(run(40), colours),
  },
  {
    name: 'pal_raw.mov',
    why: 'the palette stands in the sample description of a MOV',
    make: () => file('mov', pal8),
    right: showing(run(40), colours),
  },
  {
    name: 'pal_smc.mov',
    why: 'Apple Graphics in MOV',
    make: () => file('mov', { ...pal8, encoder: 'smc', gop: 1 }),
    right: showing(run(40), colours),
  },
  {
    name: 'pal_png.mkv',
    why: 'every PNG has its palette',
    make: () => file('matroska', { ...pal8, encoder: 'png' }),
    right: showing(run(40), colours),
  },
  {
    name: 'pal_raw.nut',
    why: 'raw pictures with palettes of their own in NUT',
    make: () => file('nut', later),
    right: showing(run(40), changed),
  },
  {
    name: 'pal_even.gif',
    why: 'a GIF whose later pictures only change the earlier',
    make: () => file('gif', { ...pal8, encoder: 'gif', gop: 100 }),
    right: showing(run(40), colours),
  },
  {
    name: 'pal_change.gif',
    why: 'a GIF whose pictures have palettes of their own',
    make: () => file('gif', { ...later, encoder: 'gif', gop: 100 }),
    right: showing(run(40), changed),
  },
  {
    name: 'pal_delays.gif',
    why: 'a GIF whose pictures stand for different times',
    make: () => mux([retimed(track({ ...pal8, encoder: 'gif', gop: 100 }), [1, 100], delays)], { format: 'gif' }),
    right: showing(run(40), { times: delays.map(delay => delay / 100) }),
  },
  {
    name: 'pal_none_qtrle.mov',
    why: 'pictures without a palette beside those with: Apple Animation in true colours',
    make: () => file('mov', { encoder: 'qtrle', layout: 'rgb24', count: 40, gop: 10 }),
    right: showing(run(40), { times: evenly(40) }),
  },
]
