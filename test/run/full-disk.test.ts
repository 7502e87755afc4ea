import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { canMount, onSmallDisk } from '../small-disk.ts'

const at = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url))
const built = at('dist/run/index.js')

let root = ''
let place = ''
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'kinograd-full-'))
  place = join(root, 'disk')
  await mkdir(place)
})
afterAll(() => rm(root, { recursive: true }))

/** Runs a script on a disk of that size; its last line is JSON. */
const onDisk = async (size: string, script: string): Promise<unknown> => {
  const file = join(root, 'script.mjs')
  await writeFile(file, script)
  const out = await onSmallDisk(size, place, file)
  return JSON.parse(out.trim().split('\n').at(-1) ?? '')
}

describe.skipIf(!existsSync(built) || !canMount())(
  'a full disk (skipped: not built, or no mounts of one’s own)',
  { timeout: 180_000 },
  () => {
    test('ends a phase with its code, leaves logs whole, and once there is room the run goes on', async () => {
      const told = await onDisk(
        '400k',
        `
import { rmSync, writeFileSync } from 'node:fs'
import { exitCodeOf, metricRow, openRun, phase, readRows } from ${JSON.stringify(built)}
import io from ${JSON.stringify(at('node_modules/io-ts/lib/index.js'))}
const directory = ${JSON.stringify(join(place, 'run'))}
const ballast = ${JSON.stringify(join(place, 'ballast'))}
const count = (run, from) => phase(run, 'a', io.number, points => async () => {
  from.at = points.kept ?? 0
  for (let step = from.at; step < 400; step++) {
    const written = await run.metrics({ phase: 'a', step, values: { a: step, text: 1 / 3, more: 2 / 3 } })()
    if (written._tag === 'Left') return written
    if (step % 50 === 49) {
      const saved = await points.save(step + 1)()
      if (saved._tag === 'Left') return saved
    }
  }
  return { _tag: 'Right', right: 400 }
}, { state: io.number })()
writeFileSync(ballast, Buffer.alloc(300_000))
const first = (await openRun({ directory, config: {}, resume: true })()).right
const ended = await count(first, {})
await first.close()
rmSync(ballast)
const again = (await openRun({ directory, config: {}, resume: true })()).right
const from = {}
const whole = await count(again, from)
await again.close()
const rows = (await readRows(metricRow, directory + '/metrics.jsonl')()).right
console.log(JSON.stringify({ tag: ended.left?._tag, code: exitCodeOf(ended.left ?? {}), cause: ended.left?.cause, whole, from: from.at, rows: rows.map(row => row.step) }))
`,
      )
      expect(told).toMatchObject({
        tag: 'NoSpace',
        code: 3,
        cause: expect.stringContaining('the disk is full'),
        whole: { right: 400 },
        rows: Array.from({ length: 400 }, (_, step) => step),
      })
      expect(told).toHaveProperty(
        'from',
        expect.toSatisfy((n: number) => n > 0 && n % 50 === 0),
      )
    })

    test('has its code in a checkpoint too, and leaves the one before as it was', async () => {
      const told = await onDisk(
        '20m',
        `
import { writeFileSync } from 'node:fs'
import { checkpoints } from ${JSON.stringify(at('dist/engine/index.js'))}
import { selectBackend, tinyPolicy } from ${JSON.stringify(at('dist/engine/tfjs/index.js'))}
await selectBackend({ backend: 'cpu' })()
const { engine } = tinyPolicy()
const saving = checkpoints({ engine, directory: ${JSON.stringify(join(place, 'kept'))}, keep: 1 })
const first = await saving.save(1)()
writeFileSync(${JSON.stringify(join(place, 'ballast'))}, Buffer.alloc(4_000_000))
let full
for (let n = 2; n < 40 && full === undefined; n++) {
  const saved = await checkpoints({ engine, directory: ${JSON.stringify(join(place, 'kept'))}, keep: 99 }).save(n)()
  if (saved._tag === 'Left') full = saved.left
}
const resumed = await saving.resume()
console.log(JSON.stringify({ first: first._tag, tag: full?._tag, resumed: resumed._tag }))
engine.dispose()
`,
      )
      expect(told).toEqual({ first: 'Right', tag: 'NoSpace', resumed: 'Right' })
    })
  },
)
