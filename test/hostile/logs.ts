import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { failureRow, metricRow, readRows, rolloutRow, writeReport } from 'kinograd/run'
import { brackets, type Hostile, hole, outcomeOf, put } from './case.ts'

const metric = (phase = 'p', values: object = { reward: 1 }) =>
  `${JSON.stringify({ time: 1, phase, step: 0, values })}\n`
const rollout = (fields: object = {}) =>
  `${JSON.stringify({ phase: 'p', step: 0, id: '1', completion: 'x', rewards: {}, advantages: {}, ...fields })}\n`

const reading = (name: string, content: string, tag?: string): Hostile => ({
  name: `metrics.jsonl: ${name}`,
  ...(tag === undefined ? {} : { tag }),
  run: async folder => outcomeOf(await readRows(metricRow, await put(folder, 'metrics.jsonl', content))()),
})

/** The page of a run whose folder holds these files. */
const page = (name: string, files: Readonly<Record<string, string>>, tag?: string): Hostile => ({
  name: `page of a run: ${name}`,
  ...(tag === undefined ? {} : { tag }),
  run: async folder => {
    const run = join(folder, `run-${name.replaceAll(/\W/g, '')}`)
    await mkdir(join(run, 'phases'), { recursive: true })
    for (const [file, content] of Object.entries({ 'config.json': '{}', ...files })) await put(run, file, content)
    return outcomeOf(await writeReport(run)())
  },
})

export const logs: readonly Hostile[] = [
  reading('200,000 open brackets', metric() + brackets, 'BadRow'),
  reading('objects in one another', '{"a":'.repeat(2e5), 'BadRow'),
  reading('a number beyond all', '{"time":1e999}\n', 'BadRow'),
  reading('10 MB on one line', `"${'x'.repeat(1e7)}"\n`, 'BadRow'),
  {
    name: 'metrics.jsonl: two gigabytes, of which only the end holds rows',
    run: async folder =>
      outcomeOf(await readRows(metricRow, await hole(folder, 'metrics.jsonl', 2e9, `\n${metric()}`))()),
  },
  {
    name: 'rollouts.jsonl: a gigabyte on one line',
    tag: 'BadRow',
    run: async folder => outcomeOf(await readRows(rolloutRow, await hole(folder, 'rollouts.jsonl', 1e9))()),
  },
  {
    name: 'failures.jsonl: a device',
    tag: 'BadRow',
    run: async () => outcomeOf(await readRows(failureRow, '/dev/zero')()),
  },
  page('brackets in config.json', { 'config.json': brackets }, 'BadRow'),
  page('brackets in sections.json', { 'sections.json': brackets }, 'BadRow'),
  page('brackets in summary.json', { 'summary.json': brackets }, 'BadRow'),
  page('100,000 metrics', {
    'metrics.jsonl': metric('p', Object.fromEntries(Array.from({ length: 1e5 }, (_, i) => [`m${i}`, i]))),
  }),
  page('20,000 phases', { 'metrics.jsonl': Array.from({ length: 2e4 }, (_, i) => metric(`p${i}`)).join('') }),
  page('a completion of 10 MB', {
    'rollouts.jsonl': rollout({ completion: 'x'.repeat(1e7), problem: 'y'.repeat(1e6) }),
  }),
  page('100,000 pieces', {
    'rollouts.jsonl': rollout({ segments: Array.from({ length: 1e5 }, () => ({ process: null, text: '\u001b' })) }),
  }),
  page('a picture of 20 MB', { 'rollouts.jsonl': rollout({ sheet: 'A'.repeat(2e7) }) }),
]
