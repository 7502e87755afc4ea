import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { selectBackend, tinyPolicy } from 'kinograd/engine/tfjs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Told } from './main.ts'

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))
/** Beside the packages, so that those are found from there. */
const bundle = at(`../../node_modules/.hostile-${process.pid}`)
const kinds = ['dataSets', 'checkpoints', 'tokenizers', 'templates', 'completions', 'logs'] as const

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kinograd-hostile-'))
  await selectBackend({ backend: 'cpu' })()
  const { engine, write } = tinyPolicy()
  await write(folder)()
  engine.dispose()
  await build({
    ...{ entryPoints: [at('./main.ts')], outdir: bundle, outExtension: { '.js': '.mjs' } },
    ...{ bundle: true, splitting: true, platform: 'node', format: 'esm', packages: 'external' },
    ...{ logLevel: 'error', alias: { kinograd: at('../../src') } },
  })
})
afterAll(async () => {
  await rm(folder, { recursive: true })
  await rm(bundle, { recursive: true, force: true })
})

/** Runs the inputs of a kind in a process with little memory; what it told before it ended, or was ended. */
const told = (kind: string): Promise<{ readonly told: readonly Told[]; readonly last: string }> =>
  new Promise(resolve => {
    const args = ['--expose-gc', '--max-old-space-size=250', join(bundle, 'main.mjs'), kind, folder]
    execFile(process.execPath, args, { timeout: 280_000, killSignal: 'SIGKILL' }, (error, out, said) => {
      const lines = out
        .split('\n')
        .filter(line => line !== '')
        .map((line): Told & { readonly begins?: string } => JSON.parse(line))
      const last = lines.at(-1)?.begins
      const why = error === null ? '' : `${last ?? ''}: ${error.signal ?? error.code} ${said.slice(-500)}`
      resolve({ told: lines.filter(line => line.begins === undefined), last: why })
    })
  })

/** What a process has before its first input: Node and the rooms that are tried. Inputs before leave more, which is not the next one's. */
const ownMegabytes = 80
/** Seconds of a processor that is not slow. */
const limitOf = (kind: string): number => (kind === 'dataSets' ? 2 : 3)

/** What is wrong with how a hostile input ended. */
const wrongWith =
  (limit: number) =>
  ({ name, tag, read, tags, count, cpu, seconds, megabytes, longest, obeyed, first }: Told): readonly string[] =>
    Object.entries({
      [`${tags.join() || 'no fault'}, ${tag ?? 'none'} was to be (${first})`]: tags.join() !== (tag ?? ''),
      [`${count} values are read, ${read} were to be`]: read !== undefined && count !== read,
      [`${cpu.toFixed(1)} s`]: cpu > limit,
      [`${seconds.toFixed(1)} s by the clock`]: seconds > 60,
      [`${megabytes.toFixed(0)} MB`]: megabytes > 300 - ownMegabytes,
      [`a message of ${longest} characters`]: longest > 1500,
      [`${obeyed} messages that a terminal obeys`]: obeyed > 0,
    }).flatMap(([what, isWrong]) => (isWrong ? [`${name}: ${what}`] : []))

describe('hostile inputs end within 2 or 3 s and 300 MB, with a fault in few words', () => {
  let count = 0
  it.each(kinds)('%s', { timeout: 300_000 }, async kind => {
    const { told: all, last } = await told(kind)
    expect(last).toBe('')
    expect(all.flatMap(wrongWith(limitOf(kind)))).toEqual([])
    expect(all.length).toBeGreaterThan(0)
    count += all.length
  })
  it('there are at least 40 of them', () => {
    expect(count).toBeGreaterThanOrEqual(40)
  })
})
