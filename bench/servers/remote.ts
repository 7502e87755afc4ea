import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { either as E } from 'fp-ts'
import { type TinkerEngine, tinkerEngine } from 'kinograd/engine/tinker'
import { messageOf } from 'kinograd/flow'
import { must } from '../must.ts'
import { adam, type Opening } from './contender.ts'
import { shape } from './ground.ts'
import { start } from './process.ts'

/** A server that is started, and how it is brought the adapter. */
export interface Remote {
  readonly name: string
  /** What starts it; `undefined` where something is missing, which `needs` says. */
  readonly program: (port: number, state: string) => readonly [string, ...string[]]
  readonly patienceSeconds: number
  /** Puts the adapter where the server finds it; gives its name there. */
  readonly plant: (at: {
    readonly engine: TinkerEngine
    readonly state: string
    readonly folder: string
  }) => Promise<string>
}

/** A folder that names weights on a server, as the client's own `save` writes it. */
const nameWeights = async (folder: string, path: string, model: string): Promise<void> => {
  await mkdir(folder, { recursive: true })
  const saved = { format: 'kinograd remote checkpoint 1', path, model }
  await writeFile(join(folder, 'kinograd.manifest.json'), JSON.stringify(saved))
}

/** Whether a server shows pictures to its model, as the client finds out when a picture is first used. */
const ofPictures = async ({ logprobs, server }: TinkerEngine): Promise<string> => {
  const { image } = server.pads
  const values = Float32Array.from({ length: 16 * 1176 }, (_, i) => Math.sin(i))
  const medium = { kind: 'image', grid: [1, 4, 4], secondsPerGrid: 1, values } as const
  const prompt = { ids: Int32Array.of(72, image, image, image, image, 33), media: [medium] }
  const scored = await logprobs([{ prompt, completions: [Int32Array.of(65, 66)] }])()
  return E.isRight(scored) ? 'pictures reach its model' : `${scored.left.cause} (${scored.left._tag})`
}

/** Starts a server, opens an engine on it and brings it the adapter. */
export const remote = async (root: string, { name, program, patienceSeconds, plant }: Remote): Opening => {
  const state = join(root, name.replace(/\W+/g, '-'))
  const started = await start(port => program(port, state), patienceSeconds)
  if (E.isLeft(started)) return started
  const { url, seconds, stop } = started.right
  const opened = await tinkerEngine({ url, rank: shape.rank, optimiser: { ...adam, clip: 0 }, patienceSeconds: 900 })()
  if (E.isLeft(opened)) {
    await stop()
    return E.left(`${opened.left.cause} (${opened.left._tag})`)
  }
  const engine = opened.right
  const folder = join(state, 'named')
  const { reduction, model } = engine.server
  console.log(`${name}: ${await ofPictures(engine)}`)
  try {
    await nameWeights(folder, await plant({ engine, state, folder }), model)
  } catch (error) {
    engine.dispose()
    await stop()
    return E.left(`the adapter could not be brought there: ${messageOf(error)}`)
  }
  return E.right({
    name,
    about: reduction === 'sum' ? 'sums losses of tokens' : 'takes means of losses',
    seconds,
    fresh: async () => {
      must(await engine.load(folder, { weightsOnly: true })())
      return engine
    },
    close: async () => {
      engine.dispose()
      await stop()
    },
  })
}
