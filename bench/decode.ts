import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { access } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { either as E } from 'fp-ts'
import { encodeVideo, nodeAv, sample, spaced, uniform } from 'kinograd/media'
import { film } from './decode/film.ts'
import { tagHlg } from './decode/tagged.ts'
import type { Bench, Row } from './row.ts'

const count = 16
const rate = 30
const size = { width: 640, height: 360 }
const rounds = 3

interface Clip {
  readonly seconds: number
  readonly path: string
  readonly indices: readonly number[]
}

interface Measured {
  readonly peer: string
  readonly absent?: string
  readonly clip: number
  readonly seconds: number
  readonly sha256: string
}

const right = <A>(result: E.Either<unknown, A>): A => {
  if (E.isLeft(result)) throw new Error(JSON.stringify(result.left))
  return result.right
}

/**
 * The clip of so many seconds (H.264, a key frame every 250 frames, three B frames), rendered once and kept in the
 * temporary folder: ten minutes of film take about four to render.
 */
const rendered = async (seconds: number): Promise<Clip> => {
  const path = join(tmpdir(), 'kinograd-bench', `take-${seconds}.mp4`)
  const frames = seconds * rate
  if (!(await isThere(path))) {
    console.error(`rendering ${frames} frames for the clip of ${seconds} s`)
    right(
      await encodeVideo(path, film(frames, size.width, size.height), { ...size, fps: rate, gop: 250, bFrames: 3 })(),
    )
  }
  return { seconds, path, indices: spaced(frames, count) }
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )

/** What a word about colours costs: a clip tagged as HLG against the same packets untagged, taking turns; best of each. */
const tagged = async (plain: Clip): Promise<Row> => {
  const clip = { ...plain, path: plain.path.replace('.mp4', '-hlg.mp4') }
  if (!(await isThere(clip.path))) await tagHlg(plain.path, clip.path)
  const times: { readonly tagged: number[]; readonly untagged: number[] } = { tagged: [], untagged: [] }
  for (let round = 0; round < 2 * rounds; round++) {
    times.tagged.push((await ours(clip)).seconds)
    times.untagged.push((await ours(plain)).seconds)
  }
  const [speed, peer] = [1 / least(times.tagged), 1 / least(times.untagged)]
  return {
    case: `${plain.seconds} s, tagged HLG`,
    ours: speed,
    unit: 'clips/s',
    peer,
    peerName: 'the same untagged',
    ratio: speed / peer,
  }
}

/** Ours, from the file name to the pixels: a fresh decoder, nothing remembered. */
const ours = async (clip: Clip): Promise<{ readonly seconds: number; readonly sha256: string }> => {
  const start = performance.now()
  const decoder = nodeAv()
  const probed = right(await decoder.probe(clip.path)())
  const frames = right(await sample(decoder, probed, uniform(count))())
  const seconds = (performance.now() - start) / 1000
  return { seconds, sha256: createHash('sha256').update(frames.data).digest('hex') }
}

/** The other libraries, through `bench/peers/decode.py`; Python is `KINOGRAD_PYTHON` or python3. */
const peers = (clips: readonly Clip[]): Promise<readonly Measured[]> =>
  new Promise((resolve, reject) => {
    const python = process.env.KINOGRAD_PYTHON ?? 'python3'
    const script = fileURLToPath(new URL('../../bench/peers/decode.py', import.meta.url))
    const child = spawn(python, [script], { stdio: ['pipe', 'pipe', 'ignore'] })
    let out = ''
    child.stdout.on('data', chunk => {
      out += String(chunk)
    })
    child.on('error', reject)
    child.on('close', () =>
      resolve(out.split('\n').flatMap(line => (line === '' ? [] : [JSON.parse(line) as Measured]))),
    )
    child.stdin.end(JSON.stringify({ clips, repeats: 2 }))
  })

const least = (values: readonly number[]): number => values.reduce((a, b) => Math.min(a, b), Infinity)

/**
 * Clips per second for 16 uniform frames of clips of 10, 60 and 600 s (or the lengths given), against PyAV, OpenCV,
 * decord and torchcodec in the same run, taking turns; best of each. Ends with an error if any frame differs. Beside
 * them, the first clip tagged as HLG against itself.
 */
export const bench: Bench = async ({ peers: wanted, rest }) => {
  const clips: Clip[] = []
  for (const seconds of rest.length > 0 ? rest.map(Number) : [10, 60, 600]) clips.push(await rendered(seconds))
  const mine: { readonly clip: number; readonly seconds: number; readonly sha256: string }[] = []
  const theirs: Measured[] = []
  for (let round = 0; round < rounds; round++) {
    for (const [clip, it] of clips.entries()) for (let i = 0; i < 2; i++) mine.push({ clip, ...(await ours(it)) })
    if (wanted) theirs.push(...(await peers(clips)))
  }
  for (const { peer, absent } of theirs.slice(0, 20)) if (absent !== undefined) console.error(`${peer}: ${absent}`)
  const shortest = clips[0] === undefined ? [] : [await tagged(clips[0])]
  return [
    ...clips.flatMap((clip, i): Row[] => {
      const here = mine.filter(m => m.clip === i)
      const speed = 1 / least(here.map(m => m.seconds))
      const found = theirs.filter(m => m.absent === undefined && m.clip === i)
      const differs = found.find(m => m.sha256 !== here[0]?.sha256)
      if (differs !== undefined) throw new Error(`${differs.peer} gives other frames of the clip of ${clip.seconds} s`)
      const row = { case: `${clip.seconds} s`, ours: speed, unit: 'clips/s' }
      const rows = [...new Set(found.map(m => m.peer))].map(peer => {
        const other = 1 / least(found.filter(m => m.peer === peer).map(m => m.seconds))
        return { ...row, peer: other, peerName: peer, ratio: speed / other }
      })
      return rows.length === 0
        ? [{ ...row, peer: null, peerName: null, ratio: null }]
        : rows.sort((a, b) => b.peer - a.peer)
    }),
    ...shortest,
  ]
}
