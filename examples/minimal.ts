/**
 * The idea in one file: records → frames → a group of rollouts → rewards by process → PA-GRPO advantages → update.
 * A policy of 0.75 million parameters is first shown the template, then reinforced for a few updates on twelve clips. It learns next to
 * nothing in a minute; examples/videop2r is the same at full size. Run it: `npm run build && node build/examples/minimal.js`.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { either as E, function as F } from 'fp-ts'
import { paGrpo, sftLoss } from 'kinograd/advantage'
import { readRecords } from 'kinograd/dataset'
import { loadTokenizer } from 'kinograd/engine'
import { selectBackend } from 'kinograd/engine/tfjs'
import { batch, each, type Fault, gate, iterate, pipeline, report, stage, within } from 'kinograd/flow'
import { nodeAv, uniform } from 'kinograd/media'
import { videoP2R } from 'kinograd/process'
import { noLength, taggedAnswer } from 'kinograd/reward'
import * as S from 'kinograd/stages'
import { freshEngine, promptMaker, sftOptimiser, targetOf, tinyConfig } from './videop2r/policy.ts'
import { createWorld, readScenes, ruleJudge, scriptedTeacher } from './videop2r/world/index.ts'

type Process = 'perception' | 'reasoning'
type Tag = 'observation' | 'think' | 'answer'
type Looked = S.HasRecord & S.HasClip & S.HasFrames
type Sampled = S.HasRecord & S.HasPrompt & S.HasGroup
type Scored = Sampled & S.HasRollouts<Process, Tag> & S.HasRewards<Process>

/** The value, or an exception: in an example a fault may end the program. */
const must = <A>(given: E.Either<Fault, A>): A => {
  if (E.isLeft(given)) throw new Error(`${given.left.cause}. ${given.left.remedy}`)
  return given.right
}

// A small world of real H.264 files, a tokenizer of its 84 words, a fresh Qwen2.5-VL, and a script in place of the teacher.
const root = await mkdtemp(join(tmpdir(), 'kinograd-minimal-'))
const [some, few, none] = [12, 4, 0].map(clips => ({ clips, questions: 2 }))
const sizes = { 'train-sft': some, 'train-rl': few, dev: none, test: none } as Parameters<
  typeof createWorld
>[0]['sizes']
const world = must(await createWorld({ seed: 1, directory: root, sizes })())
const tokenizer = must(await loadTokenizer(world.tokenizer)())
const annotator = scriptedTeacher({ scenes: must(await readScenes(world)()), seed: 1 })
console.log(`tensors: ${must(await selectBackend({ backend: 'wasm' })()).detail}`)
const engine = freshEngine(tinyConfig(tokenizer), 1, sftOptimiser)
const decoder = nodeAv()

// Frames live from here to `dropping`; a pipeline that forgets a step, or has them in the wrong order, does not compile.
const frames = pipeline(
  'frames',
  S.decode<S.HasRecord>({ decoder, root }),
  S.sampleFrames({ decoder, spec: uniform(8) }),
)
const ask = pipeline('ask', frames, S.toPrompt(promptMaker(tokenizer)), stage.dropping('frames'))
const teach = pipeline(
  'teach',
  frames,
  S.annotate<Looked>({ annotator, prompt: ({ problem }) => problem }),
  S.toPrompt<Looked & S.HasChain>(promptMaker(tokenizer)),
  stage.addingEither({ name: 'target', item: S.recordId }, (item: Looked & S.HasChain & S.HasPrompt) =>
    F.pipe(
      targetOf(tokenizer, item.chain),
      E.map(target => ({ target })),
    ),
  ),
  stage.dropping('frames'),
)

const fineTune = within(
  gate({ name: 'SFT batch', inFlight: 1 }),
  pipeline('SFT', each(teach), S.sftUpdate({ engine, objective: sftLoss(), learningRate: () => 3e-3 })),
)

// A scope of width 1 is strictly on-policy: the next batch is pulled when this one has changed the policy.
const reinforce = within(
  gate({ name: 'policy update', inFlight: 1 }),
  pipeline(
    'PA-GRPO',
    each(ask),
    S.rollout<S.HasRecord & S.HasPrompt>({
      engine,
      sampling: seed => ({ count: 8, maxTokens: 72, temperature: 1, stop: [tokenizer.eos], seed }),
    }),
    each(S.readRollouts<Sampled, Process, Tag>(videoP2R, tokenizer)),
    each(
      S.score<Sampled & S.HasRollouts<Process, Tag>, Process, Tag>({
        accuracy: {
          perception: S.sufficiencyReward(ruleJudge, ({ processes }) => processes.perception?.observation ?? null),
          reasoning: S.answerReward(({ text }) => taggedAnswer(text)),
        },
        length: { perception: noLength, reasoning: noLength },
      }),
    ),
    S.advantage<Scored, Process>(paGrpo()),
    S.policyUpdate<Scored & S.HasAdvantages<Process>, Process, Tag>({
      engine,
      loss: { beta: 0 },
      learningRate: () => 2e-4,
    }),
  ),
)

for (let epoch = 0; epoch < 10; epoch++)
  for await (const done of iterate(S.fromRecords(readRecords(world.records['train-sft'])).pipe(batch(8), fineTune)))
    console.log(E.isLeft(done) ? report(done.left) : `SFT, epoch ${epoch}: loss ${done.right.update.loss.toFixed(3)}`)

for await (const done of iterate(S.fromRecords(readRecords(world.records['train-rl'])).pipe(batch(2), reinforce))) {
  if (E.isLeft(done)) console.log(report(done.left))
  else
    for (const { record, rollouts, rewards, normalised } of done.right.items) {
      console.log(`\n${record.problem}\n  ${rollouts[0]?.text}`)
      for (const process of videoP2R.processes)
        console.log(
          `  ${process}: rewards ${rewards.raw.rewards[process]}, advantages ${Array.from(normalised.advantages[process], a => a.toFixed(2))}`,
        )
    }
}
engine.dispose()
await rm(root, { recursive: true })
