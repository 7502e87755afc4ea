import * as t from 'io-ts'

/** `#rrggbb` and nothing else, so that a colour cannot carry an address into the page. */
const colour = new t.Type<string, string, unknown>(
  'colour as #rrggbb',
  (value): value is string => typeof value === 'string' && /^#[0-9a-f]{6}$/i.test(value),
  (value, context) =>
    typeof value === 'string' && /^#[0-9a-f]{6}$/i.test(value) ? t.success(value) : t.failure(value, context),
  t.identity,
)

/** Colours by name of a series; others get one of a palette that colour-blind readers can tell apart. */
const colours = t.record(t.string, colour)
/** Colours by name of a series, as `#rrggbb`. */
export type Colours = Readonly<Record<string, string>>

/** null: there is no number here, and nothing is drawn. JSON makes it of NaN and of infinities. */
const height = t.union([t.number, t.null])
const axes = { title: t.string, x: t.string, y: t.string }

/** A point of a line chart: on which line, where, how high. */
const point = t.type({ series: t.string, x: t.number, y: height }, 'point')
/** A point of a line chart. */
export type Point = Readonly<t.TypeOf<typeof point>>

/** Between which heights the lines of a series lie at a place. */
const band = t.type({ series: t.string, x: t.number, low: height, high: height }, 'piece of a band')

const lineFigure = t.intersection(
  [
    t.type({ kind: t.literal('lines'), ...axes, points: t.readonlyArray(point) }),
    t.partial({
      /** The y axis shows this. */
      range: t.readonly(t.tuple([t.number, t.number])),
      /** Draws a mean of that many neighbouring points over the pale raw line. */
      smooth: t.number,
      /** Pale bands behind the lines: between which heights several runs lie of which a line is the mean. */
      bands: t.readonlyArray(band),
      /** A few words under the title. */
      note: t.string,
      colours,
    }),
  ],
  'line chart',
)
/** A line chart as data: one line a series. */
export type LineFigure = Readonly<t.TypeOf<typeof lineFigure>>

const barFigure = t.intersection(
  [
    t.type({
      kind: t.literal('bars'),
      ...axes,
      bars: t.readonlyArray(t.type({ group: t.string, series: t.string, value: height })),
      /** Order of the series inside a group. */
      order: t.readonlyArray(t.string),
    }),
    t.partial({ colours }),
  ],
  'bar chart',
)
/** A chart of grouped bars as data. */
export type BarFigure = Readonly<t.TypeOf<typeof barFigure>>

/** A figure as data. */
export const figure = t.union([lineFigure, barFigure], 'figure')
/** A figure as data: lines or grouped bars. */
export type Figure = LineFigure | BarFigure
