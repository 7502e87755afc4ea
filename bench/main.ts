import { parseArgs } from 'node:util'
import { processor } from './processor.ts'
import type { Bench, Row } from './row.ts'

const benches: Readonly<Record<string, () => Promise<{ readonly bench: Bench }>>> = {
  advantage: () => import('./advantage.ts'),
  flow: () => import('./flow.ts'),
  decode: () => import('./decode.ts'),
  evaluate: () => import('./evaluate.ts'),
  load: () => import('./load.ts'),
  big: () => import('./big.ts'),
  memory: () => import('./memory.ts'),
  'rl-update': () => import('./rl-update.ts'),
  readers: () => import('./readers.ts'),
  rollout: () => import('./rollout.ts'),
  runs: () => import('./runs.ts'),
  servers: () => import('./servers.ts'),
  simulate: () => import('./simulate.ts'),
  'train-step': () => import('./train-step.ts'),
  'key-events': () => import('./key-events.ts'),
}

const cell = (value: number | string | null): string =>
  value === null ? '–' : typeof value === 'number' ? value.toPrecision(4) : value

const table = (rows: readonly Row[]): string => {
  const head = ['case', 'ours', 'peer', 'peer name', 'ratio', 'unit']
  const body = rows.map(r => [r.case, cell(r.ours), cell(r.peer), cell(r.peerName), cell(r.ratio), r.unit])
  const widths = head.map((h, i) => Math.max(h.length, ...body.map(line => line[i]?.length ?? 0)))
  return [head, ...body].map(line => line.map((c, i) => c.padEnd(widths[i] ?? 0)).join('  ')).join('\n')
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { peers: { type: 'boolean', default: false } },
})
const [name = '', ...rest] = positionals
const load = benches[name]
if (load === undefined) {
  console.error(`unknown bench "${name}"; there are: ${Object.keys(benches).join(', ')}`)
  process.exit(2)
}
const rows = await (await load()).bench({ peers: values.peers, rest })
const ran = processor()
console.log(table(rows))
console.log(
  `on ${ran.name} × ${ran.cores}, ${ran.vectors.join(' ') || 'vector instructions unknown'}, Node ${ran.node}`,
)
console.log(JSON.stringify({ bench: name, processor: ran, rows }))
