import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { either as E } from 'fp-ts'
import type { NodeAvOptions } from 'kinograd/media'
import { differences, refusalDiffers } from './compare.ts'
import type { DecoderKind } from './decoders.ts'
import { type Expected, withNote } from './expected.ts'
import { seeAll } from './seen.ts'

/** Milliseconds that one call may take: the files are small. */
const milliseconds = 60_000

/** What one decoder gives otherwise than it should, one sentence each. */
export const checkFile = async (kind: DecoderKind, path: string, stated: Expected): Promise<readonly string[]> => {
  const right = withNote(stated)
  const limits = { milliseconds }
  const seen = await seeAll(kind.make({ limits }), path)
  const refusal = right.refusal
  if (E.isRight(seen)) {
    if (refusal?.how === 'must') return [`gave ${seen.right.clip.frameCount} frames, right is a refusal`]
    return differences(seen.right, right)
  }
  const wrong = refusalDiffers(seen.left, refusal)
  if (wrong.length > 0 || refusal?.with === undefined) return wrong
  // The options are data of expected.json, so that a folder may name ones that only a later version knows.
  const options: NodeAvOptions = JSON.parse(JSON.stringify(refusal.with))
  const again = await seeAll(kind.make({ limits, ...options }), path)
  const option = `with ${JSON.stringify(refusal.with)}`
  return E.isLeft(again)
    ? [`${option} refused: ${again.left._tag}: ${again.left.cause}`]
    : differences(again.right, right).map(difference => `${option} ${difference}`)
}

/** The right values of the files of a folder, by their names. */
export const expectedIn = async (folder: string): Promise<ReadonlyMap<string, Expected>> => {
  const text = await readFile(join(folder, 'expected.json'), 'utf8')
  const read: Readonly<Record<string, Expected>> = JSON.parse(text)
  return new Map(Object.entries(read))
}
