import { either as E, type taskEither as TE } from 'fp-ts'
import { paGrpo, policyLoss, rawRewards, tokenAdvantages } from 'kinograd/advantage'
import type { TrainGroup } from 'kinograd/engine'
import { initAdapter, initialise, readWeights, selectBackend, tfjsEngine } from 'kinograd/engine/tfjs'
import type { Fault } from 'kinograd/flow'
import { cases, full, loaded, optimiserOf, promptsOf, targets, threeBillion } from './case.ts'
import { forgetPeak, resident } from './peak.ts'

/** One part of an update: how long it took, and the most that was resident meanwhile. */
export interface Phase {
  readonly name: string
  readonly seconds: number
  /** Of processor time. */
  readonly processorSeconds: number
  readonly bytes: number
}

/** What a child process prints of itself. */
export interface Measured {
  readonly backend: string
  readonly parameters: number
  /** Resident before there was a model, bytes. */
  readonly before: number
  readonly phases: readonly Phase[]
}

const done = async <A>(work: TE.TaskEither<Fault, A>): Promise<A> => {
  const result = await work()
  if (E.isLeft(result)) throw new Error(`${result.left._tag}: ${result.left.cause}`)
  return result.right
}

const given = <A>(result: E.Either<Fault, A>): A => {
  if (E.isLeft(result)) throw new Error(`${result.left._tag}: ${result.left.cause}`)
  return result.right
}

/** Advantages of random rewards for two processes: the first half of a completion is perception, the rest reasoning. */
const advantagesOf = (groups: readonly TrainGroup[]): readonly Float64Array[] => {
  const raws = groups.map(({ completions }, n) =>
    given(
      rawRewards(`group ${n}`, {
        perception: completions.map((_, g) => (g * 7 + n) % 3),
        reasoning: completions.map((_, g) => (g * 5 + n) % 2),
      }),
    ),
  )
  return Array.from(paGrpo()(raws)).flatMap((normalised, n) =>
    given(
      tokenAdvantages(
        normalised,
        (groups[n]?.completions ?? []).map(ids =>
          Array.from(ids, (_, t) => (t < ids.length / 2 ? ('perception' as const) : ('reasoning' as const))),
        ),
      ),
    ),
  )
}

// The name of a case, the folder of its checkpoint where it has one, and whether that is all that is measured.
const [, , wanted, folder, only] = process.argv
const one = [...cases, ...full, ...loaded, threeBillion].find(({ name }) => name === wanted)
if (one === undefined) throw new Error(`no case ${wanted}`)
const phases: Phase[] = []
const phase = async <A>(name: string, work: () => Promise<A> | A): Promise<A> => {
  forgetPeak()
  const [start, before] = [performance.now(), process.cpuUsage()]
  const result = await work()
  const { user, system } = process.cpuUsage(before)
  const seconds = (performance.now() - start) / 1e3
  const measured = { name, seconds, processorSeconds: (user + system) / 1e6, bytes: resident().peak }
  phases.push(measured)
  // Said at once: who is ended by the limit has said the rest.
  console.error(`  ${name}: ${(measured.bytes / 1e9).toFixed(2)} GB, ${seconds.toFixed(1)} s`)
  return result
}

const backend = await done(selectBackend())
// Clips are the caller's, and stand before there is a model.
const prompts = promptsOf(one)
const before = resident().now
const { config, rank } = one
const parameters = await phase(folder === undefined ? 'weights' : 'load', async () =>
  folder === undefined
    ? initialise(config, 1)
    : (await done(readWeights(folder, config, { storage: 'auto' }))).parameters,
)
/** The update itself, a save and a load; gives how many numbers the model has. */
const update = async (): Promise<number> => {
  const engine = await phase('weights', () =>
    tfjsEngine({
      config,
      parameters,
      optimiser: optimiserOf(one),
      checkpointing: one.checkpointing,
      ...(rank === undefined ? {} : { adapter: given(initAdapter(config, { rank, alpha: 2 * rank, targets }, 1)) }),
    }),
  )
  const sampled = await phase('rollout', () => done(engine.sample(prompts, one.sampling)))
  const groups: readonly TrainGroup[] = prompts.map((prompt, n) => ({
    prompt,
    completions: (sampled[n] ?? []).map(({ ids }) => ids),
  }))
  const refLogprobs = await phase('reference', () =>
    done(engine.logprobs(groups, undefined, rank === undefined ? {} : { adapter: 'off' })),
  )
  const objective = policyLoss({ beta: 0.04 })({ advantages: advantagesOf(groups), refLogprobs })
  await phase('gradient', () => done(engine.forwardBackward(groups, objective)))
  await phase('step', () => done(engine.optimStep(1e-6)))
  if (folder !== undefined) {
    await phase('save', () => done(engine.save(`${folder}/adapter`)))
    await phase('load again', () => done(engine.load(`${folder}/adapter`)))
  }
  const { parameters: count } = engine.capabilities
  engine.dispose()
  return count
}

const count = only === undefined ? await update() : [...parameters.values()].length
const measured: Measured = { backend: backend.detail, parameters: count, before, phases }
console.log(JSON.stringify(measured))
