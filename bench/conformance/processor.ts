import { mkdir, open, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { either as E } from 'fp-ts'
import { type ChatPart, type ChatTurn, loadPreprocessor, loadTokenizer, qwenChatPrompt } from 'kinograd/engine'
import { type MropeLayout, readConfig, ropeIndex, selectBackend } from 'kinograd/engine/tfjs'
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import { findPython, runPython } from '../peers/python.ts'
import { drawnAt } from './drawn.ts'
import { asTheySay, writeBase } from './folder.ts'
import type { Check } from './quantity.ts'
import { ofLargest, unequal, worst } from './qwen25vl/errors.ts'
import { orThrow } from './qwen25vl/golden.ts'

/** Conversations, each with one to three pictures and clips. */
const count = 200

/** What a conversation is made of: the size of each medium, `frames` 0 for a picture, and frames a second of its clips. */
interface Drawn {
  readonly fps: number
  readonly media: readonly {
    readonly seed: number
    readonly frames: number
    readonly height: number
    readonly width: number
  }[]
}

/** What processor.py prints of a conversation. */
interface Theirs {
  readonly ids: readonly number[]
  readonly positions: readonly (readonly number[])[]
  readonly grids: readonly (readonly number[])[]
  readonly seconds: readonly number[]
}

/** Sizes from 28 to 320, no side more than eight times the other; 1 to 9 frames; whole and broken rates. */
const drawnCases = (seed: number): readonly Drawn[] => {
  const random = xoroshiro128plus(seed)
  const whole = (from: number, to: number): number => from + Math.floor(uniformFloat64(random) * (to - from + 1))
  return Array.from({ length: count }, () => ({
    fps: [1, 2, 2.5, 3, 4, 7.5, 8][whole(0, 6)]!,
    media: Array.from({ length: whole(1, 3) }, () => {
      const [frames, height] = [uniformFloat64(random) < 0.5 ? 0 : whole(1, 9), whole(28, 320)]
      const [least, most] = [Math.max(28, Math.ceil(height / 8)), Math.min(320, 8 * height)]
      return { seed: whole(0, 39), frames, height, width: whole(least, most) }
    }),
  }))
}

const turnsOf = ({ fps, media }: Drawn): readonly ChatTurn[] => {
  const draw = drawnAt(fps)
  const parts = media.flatMap(({ seed, frames, height, width }, i): readonly ChatPart[] => [
    `Nr. ${i}: `,
    frames === 0
      ? { kind: 'image', frames: draw(seed, 1, height, width) }
      : { kind: 'video', frames: draw(seed, frames, height, width), secondsPerGrid: 2 / fps },
  ])
  return [{ role: 'user', content: [...parts, ' what?'] }]
}

const asked = (one: Drawn, turns: readonly ChatTurn[]) => ({
  turns: asTheySay(turns),
  fps: one.fps,
  images: one.media.filter(({ frames }) => frames === 0).map(({ seed, height, width }) => [seed, height, width]),
  videos: one.media
    .filter(({ frames }) => frames > 0)
    .map(({ seed, frames, height, width }) => [seed, frames, height, width]),
})

/**
 * `npm run conformance -- processor FOLDER [seed]`: ids, positions and patches of 200 generated conversations with pictures and clips, beside
 * those of transformers' processor and model, of whichever line `KINOGRAD_PYTHON` has. FOLDER is used for the files that pass between them.
 */
export const check: Check = async (path, seed = '1') => {
  orThrow(await selectBackend({ backend: 'wasm' })())
  await rm(path, { recursive: true, force: true })
  await mkdir(path, { recursive: true })
  const at = (name: string) => join(path, name)
  await writeBase(at('base'))
  const python = orThrow(E.mapLeft((cause: string) => ({ cause }))(await findPython(['torch', 'transformers', 'PIL'])))
  const layout: MropeLayout = python.modules.transformers?.startsWith('4.') === true ? 'transformers4' : 'transformers5'
  console.log(`transformers ${python.modules.transformers}, positions of ${layout}`)
  const [tokenizer, preprocessor, config] = [
    orThrow(await loadTokenizer(at('base'))()),
    orThrow(await loadPreprocessor(at('base'))()),
    orThrow(await readConfig(at('base'))()),
  ]
  const cases = drawnCases(Number(seed))
  const given = cases.map(one => ({ one, turns: turnsOf(one) }))
  await writeFile(at('cases.json'), JSON.stringify(given.map(({ one, turns }) => asked(one, turns))))
  const args = [at('base'), at('cases.json'), at('patches')]
  const ran = await runPython(python, join('bench', 'peers', 'processor.py'), args, { timeoutSeconds: 580 })
  const theirs = orThrow(E.mapLeft((cause: string) => ({ cause }))(ran)) as { readonly cases: readonly Theirs[] }
  const patches = await open(at('patches'))
  const { note, quantities } = worst()
  const prompt = qwenChatPrompt({ tokenizer, ...preprocessor, resizing: 'fixed' })
  for (const [i, { turns }] of given.entries()) {
    const { ids, media } = orThrow(prompt(turns))
    const expected = theirs.cases[i]!
    note('ids that differ', unequal(ids, expected.ids), 0)
    note(
      'grids that differ',
      unequal(
        media.flatMap(({ grid }) => [...grid]),
        expected.grids.flat(),
      ),
      0,
    )
    note(
      'positions that differ',
      unequal(ropeIndex({ ids, media }, config, layout).positions, expected.positions.flat()),
      0,
    )
    note(
      'seconds between temporal patches',
      ofLargest(
        media.map(({ secondsPerGrid }) => secondsPerGrid),
        expected.seconds,
      ),
      1e-6,
    )
    for (const { kind, values } of media) {
      const { buffer } = await patches.read(Buffer.alloc(values.byteLength), 0, values.byteLength)
      note(
        `patches of ${kind}s`,
        ofLargest(values, new Float32Array(buffer.buffer, buffer.byteOffset, values.length)),
        1e-6,
      )
    }
  }
  await patches.close()
  return quantities()
}
