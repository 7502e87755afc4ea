import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { link, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { orThrow } from 'kinograd/flow'
import { encodeVideo } from 'kinograd/media'
import sharp from 'sharp'
import { allMade, type Made } from './evaluate/made.ts'
import type { Bench, Row } from './row.ts'

/**
 * `kinograd eval` over files at the full sizes of the public ones, with rendered stand-ins for their clips and scripted answers: every
 * question is read, its clip decoded, 32 frames taken, and scored, or failed with a reason. `npm run bench -- evaluate [part of a name]`.
 */

const built = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const samples = fileURLToPath(new URL('../../../shared/benchmarks/', import.meta.url))
const [side, frames, stands] = [64, 40, 8]

/** A few clips and a picture, to which all paths are links. */
const standIns = async (folder: string) => {
  await mkdir(folder, { recursive: true })
  for (let n = 0; n < stands; n++) {
    const pictures = Array.from({ length: frames }, (_, at) => new Uint8Array(side * side * 3).fill(20 + 20 * n + at))
    orThrow(await encodeVideo(join(folder, `${n}.mp4`), pictures, { width: side, height: side, fps: 10 })())
  }
  const grey = { create: { width: side, height: side, channels: 3, background: { r: 90, g: 90, b: 90 } } } as const
  await sharp(grey).png().toFile(join(folder, 'picture.png'))
}

const place = async (root: string, folder: string, media: readonly string[]) => {
  for (const [n, path] of media.entries()) {
    const target = join(root, path)
    await mkdir(path.endsWith('/') ? target : dirname(target), { recursive: true })
    if (!path.endsWith('/')) await link(join(folder, `${n % stands}.mp4`), target)
    else for (const at of [1, 2, 3, 4, 5, 6]) await link(join(folder, 'picture.png'), join(target, `${at}.png`))
  }
}

/** The most that a process had resident, bytes. */
const peakOf = (pid: number): number => {
  try {
    return 1024 * Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0)
  } catch {
    return 0
  }
}

const evaluated = (root: string, file: string, out: string) =>
  new Promise<{ readonly seconds: number; readonly peak: number }>((resolve, reject) => {
    const args = [
      built,
      'eval',
      file,
      '--policy',
      'scripted:answers.jsonl',
      '--out',
      out,
      '--root',
      '.',
      '--tolerate',
      '1',
    ]
    const began = Date.now()
    const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'ignore', 'pipe'], timeout: 3_600_000 })
    let [peak, said] = [0, '']
    const watch = setInterval(() => {
      peak = Math.max(peak, peakOf(child.pid ?? 0))
    }, 50)
    child.stderr.setEncoding('utf8').on('data', text => {
      said = `${said}${text}`.slice(-2000)
    })
    child.on('close', code => {
      clearInterval(watch)
      if (code === 0) resolve({ seconds: (Date.now() - began) / 1000, peak })
      else reject(new Error(`${file}: exit code ${code}: ${said}`))
    })
  })

const one = async (root: string, stand: string, made: Made): Promise<readonly Row[]> => {
  const folder = join(root, made.name.replaceAll(' ', '-'))
  await mkdir(folder, { recursive: true })
  await place(folder, stand, made.media)
  await writeFile(join(folder, made.file), JSON.stringify(made.content))
  const lines = made.answers.map(([id, output]) => `${JSON.stringify({ id, output })}\n`)
  await writeFile(join(folder, 'answers.jsonl'), lines.join(''))
  const { seconds, peak } = await evaluated(folder, made.file, 'out')
  const { results, failed, final_acc } = JSON.parse(readFileSync(join(folder, 'out', 'results.json'), 'utf8'))
  const reasons: Record<string, number> = {}
  for (const { tag } of failed) reasons[tag] = (reasons[tag] ?? 0) + 1
  console.error(
    `${made.name}: ${results.length} scored, ${failed.length} failed ${JSON.stringify(reasons)}, ${JSON.stringify(final_acc[0])}`,
  )
  if (results.length + failed.length !== made.records)
    throw new Error(`${made.name}: ${results.length} results and ${failed.length} failures of ${made.records} records`)
  await rm(folder, { recursive: true, force: true })
  const row = (what: string, ours: number, unit: string): Row => ({
    ...{ case: `${made.name}: ${what}`, ours, unit },
    ...{ peer: null, peerName: null, ratio: null },
  })
  return [
    row('scored', results.length, 'questions'),
    row('failed with a reason', failed.length, 'questions'),
    row('time', seconds, 's'),
    row('peak resident', peak / 1e6, 'MB'),
  ]
}

/** The samples of the public files, each with the right answers. */
const sampled = (): readonly Made[] =>
  (existsSync(samples) ? readdirSync(samples) : [])
    .filter(name => name.endsWith('.json'))
    .map(name => {
      const content: { problem_id: number; path: string; data_type: string; solution: string }[] = JSON.parse(
        readFileSync(join(samples, name), 'utf8'),
      )
      const media = content.map(row => (row.data_type === 'frame' ? `${row.path.replace(/\.mp4$/, '')}/` : row.path))
      return {
        ...{ name: `sample ${name}`, file: name, records: content.length, content, media: [...new Set(media)] },
        answers: content.map(row => [String(row.problem_id), `<think>So.</think>${row.solution}`] as const),
      }
    })

export const bench: Bench = async ({ rest: [wanted = ''] }) => {
  const root = await mkdtemp(join(tmpdir(), 'kinograd-eval-'))
  const stand = join(root, 'stand-ins')
  const rows: Row[] = []
  try {
    await standIns(stand)
    for (const make of [sampled, ...allMade])
      for (const made of make()) if (made.name.includes(wanted)) rows.push(...(await one(root, stand, made)))
  } finally {
    await rm(root, { recursive: true, force: true })
  }
  return rows
}
