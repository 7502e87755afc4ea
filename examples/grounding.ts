/**
 * Questions with a field of one's own, `span`, and three processes: what is seen, when, and what follows. PA-GRPO, GDPO and Dr. GRPO
 * make two updates each; every update is saved, and after a kill the same command goes on. docs/guide.md explains every part. Run:
 * `node build/examples/grounding.js FOLDER RUN`, where FOLDER has questions.jsonl, the clips and a checkpoint.
 */
import { join } from 'node:path'
import { argv } from 'node:process'
import { either as E } from 'fp-ts'
import * as t from 'io-ts'
import * as K from 'kinograd'
import { batch, each, iterate, pipeline, report, stage } from 'kinograd/flow'
import * as S from 'kinograd/stages'

const [, , folder = '.', run = 'run'] = argv
const grounded = t.intersection([K.videoRecord, t.strict({ span: t.tuple([t.number, t.number]) })])
async function* epochs() {
  for (;;) yield* K.readWith(grounded)(join(folder, 'questions.jsonl'))
}

const policy = await K.loadPolicy(join(folder, 'checkpoint'), { backend: 'wasm', optimiser: { clip: 1 } })()
const { engine, tokenizer, preprocessor } = K.orThrow(policy)
const media = { root: folder, decoder: K.nodeAv(), spec: K.uniform(4) }
const prompt = K.qwenPrompt({ tokenizer, question: ({ record }) => record.problem, ...preprocessor })
const three = K.template({ perception: ['observation'], grounding: ['when'], reasoning: ['think', 'answer'] })

/** How well a text like "2 to 5" meets the span: intersection over union. */
const overlap = ([from, to]: readonly [number, number], text = ''): number => {
  const [start = 0, end = 0] = (text.match(/\d+/g) ?? []).map(Number)
  const union = Math.max(end, to) - Math.min(start, from)
  return union > 0 ? Math.max(0, Math.min(end, to) - Math.max(start, from)) / union : 0
}

const sampling = (seed: number) => ({ count: 8, maxTokens: 64, temperature: 1, stop: [tokenizer.eos], seed })
const methods = [
  K.presets.paGrpo({ loss: { beta: 0 } }),
  K.presets.gdpo({ loss: { beta: 0 } }),
  K.presets.drGrpo({ maxCompletionLength: 64 }),
]
for (const [i, { normaliser, loss }] of methods.entries()) {
  const learning = S.fromRecords(epochs()).pipe(
    batch(3),
    S.train({
      pipeline: pipeline(
        'update',
        each(pipeline('ask', S.decode(media), S.sampleFrames(media), S.toPrompt(prompt), stage.dropping('frames'))),
        S.rollout({ engine, sampling }),
        each(S.readRollouts(three, tokenizer)),
        each(
          S.score({
            accuracy: {
              perception: ({ answer }, { processes }) => (processes.perception?.observation?.includes(answer) ? 1 : 0),
              grounding: ({ span }, { processes }) => overlap(span, processes.grounding?.when),
              reasoning: S.answerReward(({ processes }) => processes.reasoning?.answer ?? ''),
            },
            length: { perception: K.noLength, grounding: K.noLength, reasoning: K.noLength },
          }),
        ),
        S.advantage(normaliser),
        S.policyUpdate({ engine, loss, learningRate: () => 1e-3 }),
      ),
      updates: 2 * (i + 1),
      ...K.checkpoints({ engine, directory: run }),
    }),
  )
  for await (const done of iterate(learning))
    if (E.isLeft(done)) console.log(report(done.left))
    else console.log('update', done.right.progress.updates, ...done.right.failed.map(report))
}
