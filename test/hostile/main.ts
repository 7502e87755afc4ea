import { readFileSync, writeFileSync } from 'node:fs'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { limited, spentSince } from '../spent.ts'
import type { Hostile, Outcome } from './case.ts'

/** What is told of one hostile input when it is done with. */
export interface Told extends Pick<Hostile, 'name' | 'tag' | 'read'> {
  readonly seconds: number
  /** Seconds of processors, as a limit may hold them. */
  readonly cpu: number
  readonly tags: readonly string[]
  readonly count: number | undefined
  /** Characters of the longest message. */
  readonly longest: number
  /** Messages that a terminal would obey. */
  readonly obeyed: number
  /** The most memory at once beyond what the process had before; 0 where that cannot be asked. */
  readonly megabytes: number
  readonly first: string | undefined
}

const kinds: Readonly<Record<string, () => Promise<readonly Hostile[]>>> = {
  dataSets: async () => (await import('./data-sets.ts')).dataSets,
  checkpoints: async () => (await import('./checkpoints.ts')).checkpoints,
  tokenizers: async () => (await import('./texts.ts')).tokenizers,
  templates: async () => (await import('./texts.ts')).templates,
  completions: async () => (await import('./texts.ts')).completions,
  logs: async () => (await import('./logs.ts')).logs,
}

/** Begins to measure the most memory anew, when that of the input before is given back; what is resident then. Only Linux can. */
const forgetPeak = async (): Promise<number> => {
  for (let pass = 0; pass < 3; pass++) {
    globalThis.gc?.()
    await setTimeout(5)
  }
  if (process.platform === 'linux') writeFileSync('/proc/self/clear_refs', '5')
  return peak()
}
const peak = (): number => {
  if (process.platform !== 'linux') return 0
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? 0) / 1024
}

const isObeyed = (text: string): boolean => /[^\P{Cc}\n\t]|\p{Bidi_Control}/u.test(text)

const tell = async ({ name, tag, read, run }: Hostile, checkpoint: string): Promise<Told> => {
  const folder = await mkdtemp(join(tmpdir(), 'kinograd-hostile-'))
  await cp(checkpoint, join(folder, 'checkpoint'), { recursive: true })
  const resident = await forgetPeak()
  const [started, before] = [performance.now(), process.cpuUsage()]
  const outcome: Outcome = await run(folder).catch((error: unknown) => ({
    faults: [{ _tag: 'Thrown', cause: String(error).slice(0, 300), remedy: '' }],
  }))
  const cpu = limited(spentSince(before))
  await rm(folder, { recursive: true })
  return {
    ...{ name, ...(tag === undefined ? {} : { tag }), ...(read === undefined ? {} : { read }), count: outcome.read },
    ...{ seconds: (performance.now() - started) / 1000, cpu, megabytes: peak() - resident },
    tags: [...new Set(outcome.faults.map(fault => fault._tag))],
    longest: Math.max(0, ...outcome.faults.map(({ cause, remedy }) => cause.length + remedy.length)),
    obeyed: outcome.faults.filter(({ cause, remedy }) => isObeyed(cause + remedy)).length,
    first: outcome.faults[0]?.cause.slice(0, 150),
  }
}

/** Runs one kind of hostile inputs, one after the other, and tells of each, a line before and a line behind it. */
const [kind = '', checkpoint = ''] = process.argv.slice(2)
for (const hostile of (await kinds[kind]?.()) ?? []) {
  process.stdout.write(`${JSON.stringify({ begins: hostile.name })}\n`)
  process.stdout.write(`${JSON.stringify(await tell(hostile, checkpoint))}\n`)
}
