import type { TopLevelSpec } from 'vega-lite'
import { visible } from '../../untrusted/index.ts'
import { palette } from './colours.ts'
import type { BarFigure, Colours, Figure, LineFigure } from './figure.ts'
import { Html, html } from './html.ts'

const scaleOf = (series: readonly string[], colours: Colours = {}) => {
  const fixed = new Map(Object.entries(colours))
  const free = palette.filter(colour => !series.some(name => fixed.get(name)?.toLowerCase() === colour))
  let next = 0
  const range = series.map(name => fixed.get(name) ?? free[next++ % free.length] ?? '#888888')
  return { domain: [...series], range }
}

/** The colour of the text around a figure, dark or light as the page is. */
const ink = 'currentColor'

const font = 'system-ui, -apple-system, "Segoe UI", Roboto, sans-serif'

/** Vega is loaded with the first chart: it takes a fifth of a second, and its top-level await would forbid `require('kinograd/run')`. */
const drawn = async (spec: TopLevelSpec): Promise<Html> => {
  const [{ parse, View }, { compile }] = await Promise.all([import('vega'), import('vega-lite')])
  const view = new View(parse(compile(spec).spec), { renderer: 'none' })
  try {
    // Vega escapes markup but lets control characters through.
    return new Html(visible(await view.toSVG()))
  } finally {
    view.finalize()
  }
}

const base = (width: number) =>
  ({
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    width,
    height: 200,
    background: 'transparent',
    config: {
      font,
      axis: {
        labelFontSize: 11,
        titleFontSize: 11,
        titleFontWeight: 'normal',
        labelColor: ink,
        titleColor: ink,
        gridColor: '#808080',
        gridOpacity: 0.25,
        domainColor: '#808080',
        tickColor: '#808080',
      },
      legend: {
        orient: 'bottom',
        title: null,
        labelFontSize: 11,
        labelColor: ink,
        columns: 3,
        symbolOpacity: 1,
        symbolStrokeWidth: 2,
      },
      view: { stroke: null },
    },
  }) as const

/** How many names of a legend stand side by side under a chart: as many as fit, at most three. */
const legendColumns = (series: readonly string[]): number => {
  const longest = Math.max(1, ...series.map(({ length }) => length))
  return Math.min(3, Math.max(1, Math.floor(300 / (25 + 6 * longest))))
}

const drawLines = ({ x, points, range, smooth, colours, bands = [] }: LineFigure): Promise<Html> => {
  const series = [...new Set(points.map(point => point.series))]
  const columns = legendColumns(series)
  const scale = range === undefined ? {} : { scale: { domain: [...range], nice: false, clamp: false } }
  const encoding = {
    x: { field: 'x', type: 'quantitative', title: x, axis: { tickMinStep: 1, format: 'd' } },
    color: {
      field: 'series',
      type: 'nominal',
      scale: scaleOf(series, colours),
      legend: series.length === 1 ? null : { columns, labelLimit: 320 },
    },
  } as const
  const raw = { ...encoding, y: { field: 'y', type: 'quantitative', title: null, ...scale } } as const
  const means = { ...encoding, y: { field: 'mean', type: 'quantitative', title: null, ...scale } } as const
  const low = {
    ...encoding,
    y: { field: 'low', type: 'quantitative', title: null, ...scale },
    y2: { field: 'high' },
  } as const
  const bandValues = bands.flatMap(one => (one.low === null || one.high === null ? [] : [{ ...one }]))
  const behind =
    bandValues.length === 0
      ? []
      : [{ data: { values: bandValues }, mark: { type: 'area', opacity: 0.15 }, encoding: low } as const]
  const half = Math.floor((smooth ?? 1) / 2)
  const legendRows = series.length === 1 ? 0 : Math.ceil(series.length / columns)
  return drawn({
    ...base(352),
    height: 212 + 18 * legendRows,
    autosize: { type: 'fit', contains: 'padding' },
    data: { values: points.flatMap(point => (point.y === null ? [] : [{ ...point }])) },
    layer:
      smooth === undefined
        ? [...behind, { mark: { type: 'line', point: { size: 22 }, strokeWidth: 2 }, encoding: raw }]
        : [
            ...behind,
            { mark: { type: 'line', opacity: 0.25, strokeWidth: 1 }, encoding: raw },
            {
              transform: [
                {
                  window: [{ op: 'mean', field: 'y', as: 'mean' }],
                  frame: [-half, half],
                  groupby: ['series'],
                  sort: [{ field: 'x' }],
                },
              ],
              mark: { type: 'line', strokeWidth: 2 },
              encoding: means,
            },
          ],
  })
}

/** Stands where a name under bars is broken. */
const lineEnd = '\u2003'

/** A name in lines of at most 16 characters, unless a word is longer. */
const inLines = (name: string): string =>
  name
    .trim()
    .replace(/(\S.{0,15}|\S+)(?:\s+|$)/gu, `$1${lineEnd}`)
    .slice(0, -lineEnd.length)

const namesUnder = { labelAngle: 0, labelExpr: `split(datum.label, '${lineEnd}')`, labelLimit: 0 } as const

/** Pixels of a group of bars: its bars, or its name, whose letters are about six wide. */
const groupWidth = (groups: readonly string[], series: number): number => {
  const longest = Math.max(1, ...groups.flatMap(name => name.split(lineEnd).map(line => line.length)))
  return Math.max(26 * series, 6 * longest + 10)
}

const drawBars = ({ x, bars, order, colours }: BarFigure): Promise<Html> => {
  const groups = [...new Set(bars.map(bar => bar.group))]
  const place = {
    x: { field: 'group', type: 'nominal' as const, title: x, sort: groups, axis: namesUnder },
    xOffset: { field: 'series', sort: [...order] },
  }
  const spread = bars.flatMap(bar => (bar.low === undefined || bar.high === undefined ? [] : [{ ...bar }]))
  const over =
    spread.length === 0
      ? []
      : [
          {
            data: { values: spread },
            mark: { type: 'rule' as const, color: ink, strokeWidth: 1.5 },
            encoding: {
              ...place,
              y: { field: 'low', type: 'quantitative' as const, title: null },
              y2: { field: 'high' },
            },
          },
        ]
  return drawn({
    ...base(Math.min(900, 60 + groups.length * groupWidth(groups, order.length))),
    data: { values: bars.flatMap(bar => (bar.value === null ? [] : [{ ...bar }])) },
    layer: [
      {
        mark: { type: 'bar' },
        encoding: {
          ...place,
          y: { field: 'value', type: 'quantitative', title: null },
          color: {
            field: 'series',
            type: 'nominal',
            sort: [...order],
            scale: scaleOf(order, colours),
            legend: { columns: legendColumns(order), labelLimit: 320 },
          },
        },
      },
      ...over,
    ],
  })
}

/**
 * Words as Vega can have them. It looks them up in plain objects: one that every object has, as `constructor`, gets an invisible mark before
 * it. And it writes them into expressions without masking what ends a line there.
 */
const harmless = (word: string): string => {
  const line = word.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ')
  return line in Object.prototype ? `\u2060${line}` : line
}

/** The title of an axis is written into an expression as it is. */
const axisTitle = (words: string): string => harmless(words.replaceAll('\\', ' '))

/** What a figure shows, over it: as text of the page it wraps on a phone and is read aloud. */
const captionOf = (figure: Figure): Html => {
  const lines = figure.kind === 'lines' ? figure : undefined
  const smoothing = lines?.smooth === undefined ? '' : `mean of ${lines.smooth} points over pale points`
  const more = [figure.y, smoothing, lines?.note ?? ''].filter(words => words !== '').join(', ')
  return html`<figcaption><b>${figure.title}</b> ${more === '' ? '' : html`<small>${more}</small>`}</figcaption>`
}

/** A figure as static SVG: no script, no network. */
const svgOf = (figure: Figure): Promise<Html> =>
  figure.kind === 'lines'
    ? drawLines({
        ...figure,
        x: axisTitle(figure.x),
        points: figure.points.map(point => ({ ...point, series: harmless(point.series) })),
        ...(figure.bands && { bands: figure.bands.map(one => ({ ...one, series: harmless(one.series) })) }),
      })
    : drawBars({
        ...figure,
        x: axisTitle(figure.x),
        bars: figure.bars.map(bar => ({ ...bar, group: inLines(harmless(bar.group)), series: harmless(bar.series) })),
        order: figure.order.map(harmless),
      })

/** How a figure becomes markup. */
export type Draw = (figure: Figure) => Promise<Html>

/** A figure as markup: what it shows in words, and static SVG. */
export const draw: Draw = async figure => html`${captionOf(figure)}${await svgOf(figure)}`

/** What the ink is where a figure stands in a file of its own: it can be read on light and on dark ground. */
const inkOfFile = '#777777'

/**
 * A figure as a file of SVG: no script, no network; its title is the figure's. The same that a run's page draws.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { figureSvg } from 'kinograd/run'
 *
 * const points = [0, 1, 2].map(x => ({ series: 'mine', x, y: x * x }))
 * const svg = await figureSvg({ kind: 'lines', title: 'Squares', x: 'number', y: 'its square', points })
 * assert.match(svg, /^<svg[^]*Squares/)
 * ```
 */
export const figureSvg = async (figure: Figure): Promise<string> => {
  const { markup } = await svgOf(figure)
  const titled = markup.replace(/^(<svg[^>]*>)/, `$1${html`<title>${figure.title}</title>`.markup}`)
  return `${titled.replaceAll('currentColor', inkOfFile)}\n`
}
