import { join } from 'node:path'
import type { Differ } from './differences.ts'
import { checkFile, expectedIn } from './media/check.ts'
import { decoderKinds } from './media/decoders.ts'

/**
 * The decoders on the files of a folder, whose `expected.json` says what is right: counts, times, the numbers drawn in
 * the pictures, sizes, colours, refusals. A case is one file on one decoder.
 */
export const differ: Differ = async folder => {
  const expected = await expectedIn(folder)
  const kinds = await decoderKinds()
  if (!kinds.some(({ name }) => name === 'ffmpeg')) console.log('no ffmpeg program here: that decoder is skipped')
  const lines: string[] = []
  for (const [file, right] of expected)
    for (const kind of kinds) {
      const wrong = await checkFile(kind, join(folder, file), right)
      if (wrong.length > 0) lines.push(`${file} on ${kind.name}: ${wrong.join('; ')}`)
    }
  return { cases: expected.size * kinds.length, lines }
}
