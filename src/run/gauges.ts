import { type Gauge, metrics } from '@opentelemetry/api'
import type { MetricRow } from './rows.ts'

/** Takes the numbers of a step to whatever gathers metrics in this process. */
export type Gauges = (row: MetricRow) => void

/** Names that are remembered; numbers beyond are in metrics.jsonl. */
const most = 1000

/** A name as OpenTelemetry has them: ASCII letters, digits and four marks, at most 255 characters. */
const named = (name: string): string => `kinograd.${name.replace(/[^A-Za-z0-9_.\-/]/g, '_').slice(0, 240)}`

/**
 * OpenTelemetry's gauges for the numbers of a run, each with the attributes `run` and `phase`: they do nothing until the program, or
 * `node --import`, registers a MeterProvider, which then says where they go.
 */
export const openGauges = (run: string): Gauges => {
  const meter = metrics.getMeter('kinograd')
  const gauges = new Map<string, Gauge>()
  const gaugeOf = (name: string): Gauge | undefined => {
    const known = gauges.get(name)
    if (known !== undefined || gauges.size >= most) return known
    const fresh = meter.createGauge(named(name))
    gauges.set(name, fresh)
    return fresh
  }
  return ({ phase, step, values }) => {
    const attributes = { run, phase }
    gaugeOf('step')?.record(step, attributes)
    for (const [name, value] of Object.entries(values)) if (value !== null) gaugeOf(name)?.record(value, attributes)
  }
}
