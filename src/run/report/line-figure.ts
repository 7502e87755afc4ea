import type { Colours, LineFigure } from './figure.ts'
import type { Line } from './thinned.ts'

/** From so many points on a line is drawn as a mean over a pale raw line. */
const manyPoints = 40

/** A line with the name that its legend has. */
export interface NamedLine {
  readonly series: string
  readonly line: Line
}

/** Lines in one chart: from forty points on as running means with the points pale behind them, which the chart says. */
export const figureOfLines = (
  title: string,
  lines: readonly NamedLine[],
  {
    colours = {},
    range,
    y = '',
  }: { colours?: Colours; range?: readonly [number, number] | undefined; y?: string } = {},
): LineFigure => {
  const longest = Math.max(0, ...lines.map(({ line }) => line.points.length))
  const per = Math.max(1, ...lines.map(({ line }) => line.per))
  const smooth = longest > manyPoints ? 2 * Math.floor(longest / 24) + 1 : undefined
  return {
    kind: 'lines',
    title,
    x: 'step',
    y,
    points: lines.flatMap(({ series, line }) => line.points.map(point => ({ series, ...point }))),
    ...(smooth === undefined ? {} : { smooth }),
    ...(per > 1 ? { note: `each point ${per} steps` } : {}),
    ...(range === undefined ? {} : { range }),
    colours,
  }
}

/** The least and the greatest height of lines, with a little room; undefined where there is no height or but one. */
export const rangeOf = (lines: readonly NamedLine[]): readonly [number, number] | undefined => {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const { line } of lines)
    for (const { y } of line.points) {
      least = Math.min(least, y)
      most = Math.max(most, y)
    }
  const room = 0.03 * (most - least)
  return room > 0 ? [least - room, most + room] : undefined
}
