import type { TopLevelSpec } from 'vega-lite'
import { Html } from './html.ts'

/** One point of a line: which line, where, how high. */
export interface Point {
  readonly series: string
  readonly x: number
  readonly y: number
}

interface Axes {
  readonly title: string
  readonly x: string
  readonly y: string
}

export interface Lines extends Axes {
  readonly points: readonly Point[]
  /** The y axis shows at least this. */
  readonly range?: readonly [number, number]
  /** Draws a mean of that many neighbouring points over the pale raw line. */
  readonly smooth?: number
}

export interface Bars extends Axes {
  readonly bars: readonly { readonly group: string; readonly series: string; readonly value: number }[]
  /** Order of the series inside a group. */
  readonly order: readonly string[]
}

// Okabe and Ito's palette: told apart by colour-blind readers too. PA-GRPO is always blue.
const known: Readonly<Record<string, string>> = {
  base: '#999999',
  SFT: '#a6761d',
  GRPO: '#d55e00',
  sum: '#009e73',
  'PA-GRPO': '#0072b2',
}
const spare = ['#cc79a7', '#56b4e9', '#e69f00', '#000000', '#7570b3']

const colours = (series: readonly string[]) => {
  let next = 0
  return { domain: [...series], range: series.map(name => known[name] ?? spare[next++ % spare.length] ?? '#000000') }
}

const font = 'system-ui, -apple-system, "Segoe UI", Roboto, sans-serif'

/** Vega is loaded with the first chart: it takes a fifth of a second, and its top-level await would forbid `require('kinograd/run')`. */
const drawn = async (spec: TopLevelSpec): Promise<Html> => {
  const [{ parse, View }, { compile }] = await Promise.all([import('vega'), import('vega-lite')])
  const view = new View(parse(compile(spec).spec), { renderer: 'none' })
  try {
    // Vega escapes markup but lets control characters through.
    return new Html((await view.toSVG()).replace(/(?!\n)\p{Cc}/gu, ''))
  } finally {
    view.finalize()
  }
}

const base = (title: string, width: number) =>
  ({
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    width,
    height: 200,
    title: { text: title, anchor: 'start', fontSize: 13 },
    background: 'transparent',
    config: {
      font,
      axis: { labelFontSize: 11, titleFontSize: 11, titleFontWeight: 'normal', gridColor: '#e8e8e8' },
      legend: { orient: 'bottom', title: null, labelFontSize: 11, columns: 5, symbolOpacity: 1, symbolStrokeWidth: 2 },
      view: { stroke: null },
    },
  }) as const

/** A line chart as static SVG: no script, no network. */
export const lineChart = ({ title, x, y, points, range, smooth }: Lines): Promise<Html> => {
  const series = [...new Set(points.map(point => point.series))]
  const scale = range === undefined ? {} : { scale: { domain: [...range], nice: false, clamp: false } }
  const encoding = {
    x: { field: 'x', type: 'quantitative', title: x, axis: { tickMinStep: 1, format: 'd' } },
    color: { field: 'series', type: 'nominal', scale: colours(series) },
  } as const
  const raw = { ...encoding, y: { field: 'y', type: 'quantitative', title: y, ...scale } } as const
  const means = { ...encoding, y: { field: 'mean', type: 'quantitative', title: y, ...scale } } as const
  const half = Math.floor((smooth ?? 1) / 2)
  return drawn({
    ...base(title, 276),
    data: { values: points.map(point => ({ ...point })) },
    layer:
      smooth === undefined
        ? [{ mark: { type: 'line', point: { size: 22 }, strokeWidth: 2 }, encoding: raw }]
        : [
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

/** A chart of grouped bars as static SVG. */
export const barChart = ({ title, x, y, bars, order }: Bars): Promise<Html> => {
  const groups = [...new Set(bars.map(bar => bar.group))]
  return drawn({
    ...base(title, Math.min(900, 60 + groups.length * order.length * 26)),
    data: { values: bars.map(bar => ({ ...bar })) },
    mark: { type: 'bar' },
    encoding: {
      x: { field: 'group', type: 'nominal', title: x, sort: groups, axis: { labelAngle: 0 } },
      xOffset: { field: 'series', sort: [...order] },
      y: { field: 'value', type: 'quantitative', title: y },
      color: { field: 'series', type: 'nominal', sort: [...order], scale: colours(order) },
    },
  })
}
