import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { either as E, type taskEither as TE } from 'fp-ts'
import { paGrpo } from 'kinograd/advantage'
import { readRecords } from 'kinograd/dataset'
import { type Engine, loadTokenizer } from 'kinograd/engine'
import { selectBackend } from 'kinograd/engine/tfjs'
import { batch, each, type Fault, feedback, iterate, pipeline, stage } from 'kinograd/flow'
import { nodeAv, uniform } from 'kinograd/media'
import { videoP2R } from 'kinograd/process'
import { noLength, taggedAnswer } from 'kinograd/reward'
import { openRun } from 'kinograd/run'
import { drawnFrom, uniformOf } from 'kinograd/simulation'
import * as S from 'kinograd/stages'
import { freshEngine, promptMaker, rlOptimiser, tinyConfig } from '../../examples/videop2r/policy.ts'
import { createWorld } from '../../examples/videop2r/world/index.ts'
import type { Case } from './cases.ts'

const must = <A>(given: E.Either<Fault, A>): A => {
  if (E.isRight(given)) return given.right
  throw new Error(`${given.left.cause}. ${given.left.remedy}`)
}

const asleep = (seconds: number): Promise<void> => new Promise(done => setTimeout(done, 1000 * seconds))

/** Lets at most so many in at once, first come, first served. */
const turnstile = (most: number) => {
  let inside = 0
  const waiting: (() => void)[] = []
  return async <A>(work: () => Promise<A>): Promise<A> => {
    if (inside >= most) await new Promise<void>(go => waiting.push(go))
    else inside++
    const done = await work()
    const next = waiting.shift()
    if (next === undefined) inside--
    else next()
    return done
  }
}

/** The world, its policy's tokenizer and prompts, made once for all cases. */
export const openGround = async (directory: string) => {
  const none = { clips: 0, questions: 1 }
  const sizes = { 'train-sft': none, 'train-rl': { clips: 96, questions: 2 }, dev: none, test: none }
  const world = must(await createWorld({ seed: 1, directory, sizes })())
  const tokenizer = must(await loadTokenizer(world.tokenizer)())
  const backend = must(await selectBackend()())
  return { directory, world, tokenizer, backend: backend.detail }
}
type Ground = Awaited<ReturnType<typeof openGround>>

/** Times the verbs of an engine; the seconds of each since it was asked last. */
const timed = (engine: Engine) => {
  const spent = { rollout: 0, update: 0 }
  const time =
    <X, A>(what: keyof typeof spent, verb: TE.TaskEither<X, A>): TE.TaskEither<X, A> =>
    async () => {
      const from = performance.now()
      const result = await verb()
      spent[what] += (performance.now() - from) / 1000
      return result
    }
  const engineTimed: Engine = {
    ...engine,
    sample: (...given) => time('rollout', engine.sample(...given)),
    forwardBackward: (...given) => time('update', engine.forwardBackward(...given)),
    optimStep: (...given) => time('update', engine.optimStep(...given)),
  }
  return {
    engine: engineTimed,
    taken: () => {
      const { rollout, update } = spent
      ;[spent.rollout, spent.update] = [0, 0]
      return { rollout, update }
    },
  }
}

/** PA-GRPO of the main job with fresh weights, a judge that waits and so many batches under way: its run's folder has what it took. */
export const measured = async (
  { directory, world, tokenizer }: Ground,
  { name, prompts, completions, width, updates, judge }: Case,
): Promise<string> => {
  const folder = join(directory, name)
  await rm(folder, { recursive: true, force: true })
  const engine = timed(freshEngine(tinyConfig(tokenizer), 1, rlOptimiser))
  const media = { decoder: nodeAv(), root: directory, spec: uniform(8) }
  const uniforms = uniformOf(7)
  const enter = turnstile(judge?.atOnce ?? Number.POSITIVE_INFINITY)
  const judged = (): TE.TaskEither<Fault, number> => async () => {
    await enter(() => asleep(judge === undefined ? 0 : drawnFrom(judge.seconds, uniforms)))
    return E.right(uniforms() < 0.5 ? 1 : 0)
  }
  const ask = pipeline(
    'ask',
    S.decode(media),
    S.sampleFrames(media),
    S.toPrompt(promptMaker(tokenizer)),
    stage.dropping('frames'),
  )
  const sampling = (seed: number) => ({
    ...{ count: completions, maxTokens: 72, temperature: 1, seed },
    stop: [tokenizer.eos],
  })
  const score = S.score({
    accuracy: {
      perception: judged,
      reasoning: S.answerReward(({ text }) => taggedAnswer(text)),
    },
    length: { perception: noLength, reasoning: noLength },
  })
  const reinforce = feedback({
    width,
    rollout: pipeline(
      'rollout and reward',
      each(ask),
      S.rollout({ engine: engine.engine, sampling }),
      each(S.readRollouts(videoP2R, tokenizer)),
      each(score),
      S.advantage(paGrpo()),
    ),
    update: S.policyUpdate({ engine: engine.engine, loss: { beta: 0 }, learningRate: () => 1e-5 }),
  })
  const config = { prompts, completions, width, updates, judge: judge ?? null }
  const run = must(await openRun({ directory: folder, config, resume: false })())
  let last = performance.now()
  let made = 0
  for await (const done of iterate(
    S.fromRecords(readRecords(world.records['train-rl'])).pipe(batch(prompts), reinforce),
  )) {
    const { items, index, update } = must(E.mapLeft(({ fault }: { readonly fault: Fault }) => fault)(done))
    const now = performance.now()
    const { rollout, update: trained } = engine.taken()
    const other = Math.max(0, (now - last) / 1000 - rollout - trained)
    last = now
    const lengths = items.flatMap(({ group }) => group.map(({ ids }) => ids.length))
    must(
      await run.metrics({
        ...{ phase: 'PA-GRPO', step: index, values: { loss: update.loss } },
        ...(width === 1 ? { seconds: { rollout, update: trained, other } } : {}),
        work: { questions: items.length, lengths },
      })(),
    )
    if (++made === updates) break
  }
  await run.close()
  engine.engine.dispose()
  return folder
}
