/**
 * The idea in one file: records → frames → a group of rollouts → rewards by process → PA-GRPO advantages → update. A minute of it
 * teaches next to nothing; examples/videop2r is the same at full size. Run: `npm run build && node build/examples/minimal.js`.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { either as E } from 'fp-ts'
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

// In an example a fault may end the program.
const must = <A>(given: E.Either<Fault, A>): A => {
  if (E.isRight(given)) return given.right
  throw new Error(`${given.left.cause}. ${given.left.remedy}`)
}

// A small world of real H.264 files, a tokenizer of its 84 words, a fresh Qwen2.5-VL, and a script in place of the teacher.
const root = await mkdtemp(join(tmpdir(), 'kinograd-minimal-'))
const size = (clips: number) => ({ clips, questions: 2 })
const sizes = { 'train-sft': size(12), 'train-rl': size(4), dev: size(0), test: size(0) }
const world = must(await createWorld({ seed: 1, directory: root, sizes })())
const tokenizer = must(await loadTokenizer(world.tokenizer)())
const annotator = scriptedTeacher({ scenes: must(await readScenes(world)()), seed: 1 })
console.log(`tensors: ${must(await selectBackend({ backend: 'wasm' })()).detail}`)
const engine = freshEngine(tinyConfig(tokenizer), 1, sftOptimiser)
const media = { decoder: nodeAv(), root, spec: uniform(8) }

// Frames live from here to `dropping`; a pipeline that forgets a step, or has them in the wrong order, does not compile.
const frames = pipeline('frames', S.decode(media), S.sampleFrames(media))
const ask = pipeline('ask', frames, S.toPrompt(promptMaker(tokenizer)), stage.dropping('frames'))
const teach = pipeline(
  'teach',
  frames,
  S.annotate({ annotator, prompt: ({ problem }) => problem }),
  S.toPrompt(promptMaker(tokenizer)),
  S.toTarget(({ chain }) => targetOf(tokenizer, chain)),
  stage.dropping('frames'),
)

const shown = S.sftUpdate({ engine, objective: sftLoss(), learningRate: () => 3e-3 })
const fineTune = within(gate({ name: 'SFT batch', inFlight: 1 }), pipeline('SFT', each(teach), shown))

// A scope of width 1 is strictly on-policy: the next batch is pulled when this one has changed the policy.
const sampling = (seed: number) => ({ count: 8, maxTokens: 72, temperature: 1, stop: [tokenizer.eos], seed })
const learning = { engine, loss: { beta: 0 }, learningRate: () => 2e-4 }
const reinforce = within(
  gate({ name: 'policy update', inFlight: 1 }),
  pipeline(
    'PA-GRPO',
    each(ask),
    S.rollout({ engine, sampling }),
    each(S.readRollouts(videoP2R, tokenizer)),
    each(
      S.score({
        accuracy: {
          perception: S.sufficiencyReward(ruleJudge, ({ processes }) => processes.perception?.observation ?? null),
          reasoning: S.answerReward(({ text }) => taggedAnswer(text)),
        },
        length: { perception: noLength, reasoning: noLength },
      }),
    ),
    S.advantage(paGrpo()),
    S.policyUpdate(learning),
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
      for (const k of videoP2R.processes)
        console.log(`  ${k}: ${rewards.raw.rewards[k]} → ${Array.from(normalised.advantages[k], a => a.toFixed(2))}`)
    }
}
await rm(root, { recursive: true })
