import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import type { SelectedBackend } from '../../engine/tfjs/index.ts'
import { type Decoder, encodeVideo, type MediaFault } from '../../media/index.ts'
import { freeSpace } from '../space.ts'
import type { Terminal } from './command.ts'

/** What one check found: `ok`, `slow` (works, and a better one can be had), `missing` (the main job cannot run). */
export interface Finding {
  readonly name: string
  readonly state: 'ok' | 'slow' | 'absent' | 'missing'
  readonly says: string
  readonly todo?: string
}

const oldest = [20, 19] as const
const neededBytes = 500e6

/** Node's version against the oldest supported. */
export const nodeFinding = (version: string): Finding => {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number)
  const fine = major > oldest[0] || (major === oldest[0] && minor >= oldest[1])
  return fine
    ? { name: 'Node', state: 'ok', says: version }
    : {
        name: 'Node',
        state: 'missing',
        says: `${version}, ${oldest.join('.')} is needed`,
        todo: 'Install a newer Node.js.',
      }
}

/** The tensor backend in use; those passed over are said with their reasons. */
export const backendFindings = (backend: SelectedBackend): readonly Finding[] => [
  backend.name === 'native'
    ? { name: 'tensors', state: 'ok', says: `native: ${backend.detail}` }
    : {
        name: 'tensors',
        state: 'slow',
        says: `${backend.name}: ${backend.detail}; native is several times faster`,
        todo: 'npm run native brings it (Linux; Python with pip, a C++ compiler, 1.2 GB of space).',
      },
  ...backend.tried.map(({ name, why }): Finding => ({ name: `  ${name}`, state: 'absent', says: why })),
]

const pictures = Array.from({ length: 4 }, (_, frame) => new Uint8Array(32 * 32 * 3).fill(frame * 60))

/** Writes a tiny H.264 clip and reads it back with each decoder. */
export const decoderFindings = async (decoders: readonly Decoder[]): Promise<readonly Finding[]> => {
  const folder = await mkdtemp(join(tmpdir(), 'kinograd-doctor-'))
  const path = join(folder, 'clip.mp4')
  try {
    const written = await encodeVideo(path, pictures, { width: 32, height: 32, fps: 4 })()
    if (E.isLeft(written))
      return [{ name: 'video', state: 'missing', says: written.left.cause, todo: written.left.remedy }]
    const findings: Finding[] = []
    for (const decoder of decoders) {
      const read = await F.pipe(
        decoder.probe(path),
        TE.flatMap(
          (clip): TE.TaskEither<MediaFault, number> =>
            TE.map((frames: { readonly count: number }) => frames.count)(decoder.frames(clip, [0, 3])),
        ),
      )()
      findings.push(
        E.isRight(read)
          ? { name: 'video', state: 'ok', says: `${decoder.name} wrote and read H.264` }
          : { name: 'video', state: 'absent', says: `${decoder.name}: ${read.left.cause}`, todo: read.left.remedy },
      )
    }
    const works = findings.some(({ state }) => state === 'ok')
    return works ? findings : findings.map(finding => ({ ...finding, state: 'missing' }))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Whether there is a key for Claude; it is optional and never shown. */
export const keyFinding = (env: Terminal['env']): Finding =>
  (env.ANTHROPIC_API_KEY ?? '') === ''
    ? { name: 'teacher', state: 'ok', says: 'scripted; ANTHROPIC_API_KEY is not set, so no Claude' }
    : { name: 'teacher', state: 'ok', says: 'scripted, or Claude: ANTHROPIC_API_KEY is set' }

/** Free space where runs are written. */
export const spaceFinding = async (directory: string): Promise<Finding> => {
  const free = await freeSpace(directory)()
  if (E.isLeft(free)) return { name: 'disk', state: 'missing', says: free.left.cause, todo: free.left.remedy }
  const says = `${(free.right / 1e9).toFixed(1)} GB free in ${directory}`
  return free.right >= neededBytes
    ? { name: 'disk', state: 'ok', says }
    : { name: 'disk', state: 'missing', says: `${says}, ${neededBytes / 1e9} GB are needed`, todo: 'Free some space.' }
}
