import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { either as E } from 'fp-ts'
import type { Clip, Decoder } from 'kinograd/media'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { allCases } from '../../bench/conformance/media/cases.ts'
import { type DecoderKind, decoderKinds } from '../../bench/conformance/media/decoders.ts'
import { exceptions, mayDiffer } from '../../bench/conformance/media/exceptions.ts'
import { writeCases } from '../../bench/conformance/media/generate.ts'
import { pictureOf, type Seen, seeAll } from '../../bench/conformance/media/seen.ts'
import { small, smallOnProgram, someOf } from '../../bench/conformance/media/small.ts'
import { random } from '../../bench/random.ts'
import { right } from './scene.ts'

/**
 * Picture n of a file is one and the same, whatever else is asked for in the same call, in whichever order, by
 * whichever decoder.
 */

const runs = Number(process.env.KINOGRAD_FUZZ_RUNS ?? 0)
const long = runs > 0
const cases = long ? allCases : small(allCases)
const folder = mkdtempSync(join(tmpdir(), 'kinograd-subsets-'))
const kinds = await decoderKinds()
beforeAll(() => writeCases(folder, cases), 300_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** All pictures, with the options that read most: sizes are scaled, leading pictures without their reference left out. */
const whole = async (kind: DecoderKind, path: string) => {
  const given = await seeAll(kind.make(), path)
  if (E.isRight(given)) return { decoder: kind.make(), seen: given }
  const options = JSON.parse('{"onDamage":"skip","onSizeChange":"scale"}')
  return { decoder: kind.make(options), seen: await seeAll(kind.make(options), path) }
}

/** Random subsets in random orders, some with repeats; among them single pictures and the last ones. */
const subsets = (count: number, times: number, seed: number): readonly (readonly number[])[] => {
  const next = random(seed)
  const any = () => Math.floor(next() * count)
  return [
    [count - 1],
    [any()],
    [count - 1, Math.max(0, count - 2), 0],
    ...Array.from({ length: times }, () =>
      Array.from({ length: 1 + Math.floor(next() * Math.min(12, 2 * count)) }, any),
    ),
  ]
}

/** The subsets that give other pictures or times than the full decode. */
const otherwise = async (decoder: Decoder, seen: Seen, times: number, seed: number): Promise<readonly string[]> => {
  const wrong: string[] = []
  for (const subset of subsets(seen.frames.count, times, seed)) {
    const part = await decoder.frames(seen.clip, subset)()
    if (E.isLeft(part)) {
      wrong.push(`${subset}: ${part.left._tag}: ${part.left.cause}`)
      continue
    }
    const other = subset.filter(
      (index, i) =>
        Buffer.compare(pictureOf(part.right, i), pictureOf(seen.frames, index)) !== 0 ||
        part.right.times[i] !== seen.times[index],
    )
    if (other.length > 0) wrong.push(`of ${subset}: ${other} differ from the full decode`)
  }
  return wrong
}

describe.each(kinds)('any subset in any order gives the pictures of a full decode: $name', kind => {
  const program = kind.name === 'ffmpeg'
  const times = program ? 2 : long ? 20 : 3
  // A child of the program takes a tenth of a second: in the small form it is held against node-av alone, below.
  const tried = long ? cases : program ? smallOnProgram(cases).slice(0, 3) : someOf(cases, 5)
  test.each(tried)('$name', async ({ name }) => {
    const { decoder, seen } = await whole(kind, join(folder, name))
    if (E.isRight(seen)) expect(await otherwise(decoder, seen.right, times, name.length)).toEqual([])
  })

  const reports = fileURLToPath(new URL('../../../shared/cases/media', import.meta.url))
  test.skipIf(!existsSync(reports) || (program && !long))(
    'files of public reports (skipped where ../shared is absent)',
    async () => {
      const wrong: string[] = []
      for (const name of readdirSync(reports).filter(file => !file.endsWith('.json'))) {
        const { decoder, seen } = await whole(kind, join(reports, name))
        if (E.isRight(seen))
          for (const difference of await otherwise(decoder, seen.right, times, 1)) wrong.push(`${name}: ${difference}`)
      }
      expect(wrong).toEqual([])
    },
  )
})

describe.skipIf(kinds.length < 2)('both decoders agree to the bit, but for what the table says', () => {
  const [inside, outside] = kinds
  test.each(long ? cases : smallOnProgram(cases))('$name', async ({ name }) => {
    const a = (await whole(inside!, join(folder, name))).seen
    const b = (await whole(outside!, join(folder, name))).seen
    expect([E.isLeft(a), E.isLeft(b)]).toEqual([E.isLeft(a), E.isLeft(a)])
    if (E.isLeft(a)) return
    const [x, y] = [a.right, right(b)]
    const apart = mayDiffer(name)
    const shared = (clip: Clip) => Object.fromEntries(Object.entries(clip).filter(([field]) => !apart.includes(field)))
    expect(shared(y.clip)).toEqual(shared(x.clip))
    expect(y.times).toEqual(x.times)
    const other = x.times.flatMap((_, i) =>
      Buffer.compare(pictureOf(x.frames, i), pictureOf(y.frames, i)) === 0 ? [] : [i],
    )
    expect(other).toEqual([])
  })
})

test('docs/media.md repeats the table of exceptions', () => {
  const page = readFileSync(new URL('../../docs/media.md', import.meta.url), 'utf8')
  for (const { files, facts, why } of exceptions)
    expect(page).toContain(`| \`${files}\` | ${facts.map(fact => `\`${fact}\``).join(', ')} | ${why} |`)
})
