import { parse, View } from 'vega'
import { compile } from 'vega-lite'
import { type Cell, titleOf } from './study-cell.ts'

/** Curves of a study as SVG: mean over runs with the range of all runs, one colour an arm, one panel a learning rate. */
export const curveFigure = (
  cells: readonly Cell[],
  measure: 'accuracy' | 'perceptionSufficiency',
  title: string,
): Promise<string> => {
  const values = cells.flatMap(({ arm, rate, rlSeed, run }) =>
    run.curve.map(point => ({
      arm: titleOf(arm),
      rate: `learning rate ${rate}`,
      rlSeed,
      update: point.update,
      y: point[measure],
    })),
  )
  const x = { field: 'update', type: 'quantitative', title: 'update' } as const
  const color = {
    field: 'arm',
    type: 'nominal',
    title: null,
    scale: { domain: ['GRPO', 'sum', 'PA-GRPO'], range: ['#d1615d', '#5778a4', '#6a9f58'] },
    legend: { orient: 'bottom' },
  } as const
  const share = (aggregate: 'mean' | 'min') => ({
    field: 'y',
    type: 'quantitative' as const,
    aggregate,
    title: 'share of the dev split',
    scale: { domain: [0, 0.8] },
  })
  const { spec } = compile({
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    title: { text: title, subtitle: 'line: mean over SFT and RL seeds; band: all runs', anchor: 'start' },
    background: 'white',
    data: { values },
    facet: { column: { field: 'rate', type: 'nominal', title: null } },
    spec: {
      width: 220,
      height: 200,
      layer: [
        {
          mark: { type: 'area', opacity: 0.15 },
          encoding: { x, y: share('min'), y2: { field: 'y', aggregate: 'max' }, color },
        },
        { mark: { type: 'line', point: true }, encoding: { x, y: share('mean'), color } },
      ],
    },
  })
  return new View(parse(spec), { renderer: 'none' }).toSVG()
}
