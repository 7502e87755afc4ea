/**
 * Videos, pictures and folders of pictures in one file, through the whole of VideoP2R: a script annotates in place of a teacher, a
 * verifier and a judge sort out, SFT and PA-GRPO train. One record in fifty is broken; in the end each is accounted for. Run:
 * `npm run build && node build/examples/mixed.js 200`.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { argv } from 'node:process'
import { fileURLToPath } from 'node:url'
import { paGrpo, sftLoss } from 'kinograd/advantage'
import { cotRecord, readCot, readRecords, writeRecords } from 'kinograd/dataset'
import { qwenPrompt } from 'kinograd/engine'
import { selectBackend, tinyPolicy } from 'kinograd/engine/tfjs'
import { batch, each, gate, orThrow, pipeline, stage, within } from 'kinograd/flow'
import { nodeAv, uniform } from 'kinograd/media'
import { generationPrompt, videoP2R, videoP2RGuide } from 'kinograd/process'
import { noLength, taggedAnswer } from 'kinograd/reward'
import * as S from 'kinograd/stages'
import { type Account, counted, learned, tally } from './mixed/account.ts'
import { question, writeMixedSet } from './mixed/set.ts'
import { annotator, chain, judge } from './mixed/teacher.ts'

/** The phases of a run. */
export type Phase = 'annotation' | 'SFT' | 'PA-GRPO'

/** Runs all phases on the questions in a folder. `progress` is told after every chain and every update. */
export const trainOnMixed = async (folder: string, progress: (phase: Phase) => void): Promise<Account> => {
  const questions = join(folder, 'questions.jsonl')
  const file = join(folder, 'chains.jsonl')
  const account: Account = { chains: new Map(), taught: new Map(), answered: new Map(), losses: [], rewards: [] }
  const texts = ['1', '2', '3'].flatMap(n => [question, chain(`I see ${n} boxes.`, n)])
  const { engine, tokenizer, pixels } = tinyPolicy({ seed: 1, texts })

  // One decoder reads all three kinds. Frames live from here to `dropping`.
  const media = { root: folder, decoder: nodeAv({ pictures: { fps: 4 } }), spec: uniform(4, { atMost: true }) }
  const look = pipeline('look', S.decode(media), S.sampleFrames(media))
  const toPrompt = S.toPrompt(qwenPrompt({ tokenizer, pixels, question: ({ record }) => record.problem }))

  const annotated = S.fromRecords(readRecords(questions)).pipe(
    within(
      gate({ name: 'annotation', inFlight: 4 }),
      pipeline(
        'chains',
        look,
        S.annotate({
          annotator,
          prompt: ({ problem, problemType }) => generationPrompt(videoP2R, videoP2RGuide, problem, problemType),
        }),
        S.verify({ template: videoP2R, answer: ({ reasoning }) => reasoning.answer ?? '' }),
        S.judgeSufficiency({ judge, observation: ({ perception }) => perception.observation ?? '' }),
        S.toCotRecord({
          observation: ({ perception }) => perception.observation ?? '',
          process: ({ reasoning }) => reasoning.think ?? '',
        }),
      ),
      { item: S.recordId },
    ),
  )
  orThrow(
    await writeRecords(
      cotRecord,
      file,
      counted(annotated, account.chains, () => progress('annotation')),
    )(),
  )

  const teach = S.fromRecords(readCot(file)).pipe(
    S.toTarget(({ record }) => tokenizer.encode(`${record.output}<|im_end|>`)),
    batch(8),
    S.train({
      pipeline: pipeline(
        'SFT',
        each(pipeline('ask', look, toPrompt, stage.dropping('frames'))),
        S.sftUpdate({ engine, objective: sftLoss(), learningRate: () => 5e-3 }),
      ),
    }),
  )
  for await (const { update } of learned(teach, account.taught)) {
    account.losses.push(update.loss)
    progress('SFT')
  }

  const sampling = (seed: number) => ({ count: 4, maxTokens: 48, temperature: 1, stop: [tokenizer.eos], seed })
  const reinforce = S.fromRecords(readRecords(questions)).pipe(
    batch(8),
    S.train({
      pipeline: pipeline(
        'PA-GRPO',
        each(pipeline('ask', look, toPrompt, stage.dropping('frames'))),
        S.rollout({ engine, sampling }),
        each(
          pipeline(
            'reward',
            S.readRollouts(videoP2R, tokenizer),
            S.score({
              accuracy: {
                perception: S.sufficiencyReward(judge, ({ processes }) => processes.perception?.observation ?? null),
                reasoning: S.answerReward(({ text }) => taggedAnswer(text)),
              },
              length: { perception: noLength, reasoning: noLength },
            }),
          ),
        ),
        S.advantage(paGrpo()),
        S.policyUpdate({ engine, loss: { beta: 0 }, learningRate: () => 5e-4 }),
      ),
      notice: () => {},
    }),
  )
  for await (const { items } of learned(reinforce, account.answered)) {
    const rewards = items.flatMap(item => item.rewards.raw.rewards.reasoning.map(Number))
    account.rewards.push(rewards.reduce((sum, reward) => sum + reward, 0) / rewards.length)
    progress('PA-GRPO')
  }
  engine.dispose()
  return account
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  console.log(`tensors: ${orThrow(await selectBackend()()).detail}`)
  const folder = await mkdtemp(join(tmpdir(), 'kinograd-mixed-'))
  await writeMixedSet(folder, Number(argv[2] ?? 200), 50)
  const { losses, rewards, ...phases } = await trainOnMixed(folder, () => {})
  for (const [phase, outcomes] of Object.entries(phases)) console.log(`${phase}: ${tally(outcomes)}`)
  console.log(`SFT loss ${losses[0]?.toFixed(2)} → ${losses.at(-1)?.toFixed(2)}, reward ${rewards.at(-1)?.toFixed(2)}`)
  await rm(folder, { recursive: true })
}
