// Trains on a server until it has made so many updates, from wherever it was killed: node killed-client.mjs ADDRESS FOLDER UPDATES.
// Before an update is saved, what it sampled and what it came to is added to FOLDER/journal.jsonl.
import { appendFileSync, existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { policyLoss } from '../../dist/advantage/index.js'
import { tinkerEngine } from '../../dist/engine/tinker/index.js'

const [, , url, folder, most] = process.argv
const checkpoint = update => join(folder, `update-${update}`)
const isSaved = update => existsSync(join(checkpoint(update), 'kinograd.manifest.json'))
const newest = () =>
  readdirSync(folder)
    .flatMap(name => (/^update-\d+$/.test(name) ? [Number(name.slice('update-'.length))] : []))
    .filter(isSaved)
    .reduce((a, b) => Math.max(a, b), -1)

/** The value of a verb; throws its fault. */
const done = async verb => {
  const result = await verb()
  if (result._tag === 'Left') throw Object.assign(new Error(result.left.cause), result.left)
  return result.right
}

const clip = { kind: 'video', grid: [1, 2, 2], secondsPerGrid: 0.5 }
const values = Float32Array.from({ length: 4 * 1176 }, (_, i) => Math.sin(i))
const prompts = ({ video }) => [
  { ids: Int32Array.of(72, video, 105), media: [{ ...clip, values }] },
  { ids: Int32Array.of(72, 105), media: [] },
]

/** One update on what the policy samples now; the seed is the update's, so that the same weights give the same tokens. */
const update = async (engine, u) => {
  const asked = prompts(engine.server.pads)
  const sampled = await done(engine.sample(asked, { count: 2, maxTokens: 3, temperature: 1, stop: [], seed: u }))
  const groups = asked.map((prompt, p) => ({ prompt, completions: sampled[p].map(({ ids }) => ids) }))
  const advantages = groups.flatMap(({ completions }) => completions.map((ids, g) => Array.from(ids, () => 1 - 2 * g)))
  const { loss } = await done(engine.forwardBackward(groups, policyLoss({ beta: 0 })({ advantages })))
  const { gradientNorm } = await done(engine.optimStep(1e-2))
  const tokens = sampled.flat().map(({ ids }) => [...ids])
  appendFileSync(join(folder, 'journal.jsonl'), `${JSON.stringify({ u, tokens, loss, gradientNorm })}\n`)
  await done(engine.save(checkpoint(u)))
}

const patient = { patienceSeconds: 1, pauseSeconds: 0.05, requestSeconds: 10 }
const optimiser = { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0, clip: 1 }
let engine
const until = Date.now() + 500_000
for (let sure = false; newest() + 1 < Number(most); ) {
  if (Date.now() > until) throw new Error(`no end after 500 s, update ${newest() + 1}`)
  try {
    engine ??= await done(tinkerEngine({ url, rank: 4, seed: 5, optimiser, ...patient }))
    if (!sure && newest() >= 0) await done(engine.load(checkpoint(newest())))
    sure = true
    await update(engine, newest() + 1)
  } catch (why) {
    // The server is gone, or what was done is not known: on from the last checkpoint.
    if (!['NoAnswer', 'SessionLost', 'OutOfStep', 'Refused'].includes(why._tag)) throw why
    if (newest() < 0) {
      engine?.dispose()
      engine = undefined
    }
    sure = false
    await sleep(100)
  }
}
writeFileSync(
  join(folder, 'final.json'),
  JSON.stringify((await done(engine.logprobs(fixedGroups(engine)))).map(row => [...row])),
)
engine.dispose()

function fixedGroups({ server }) {
  return prompts(server.pads).map(prompt => ({ prompt, completions: [Int32Array.of(70, 71, 72)] }))
}
