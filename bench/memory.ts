import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { either as E } from 'fp-ts'
import { type Memory, predictMemory } from 'kinograd/engine/tfjs'
import { type Case, cases, optimiser, targets, textTokens } from './memory/case.ts'
import type { Measured, Phase } from './memory/update.ts'
import type { Bench, Row } from './row.ts'

/** No child process may have more resident, bytes. */
const limit = 20e9

const residentOf = (pid: number): number => {
  try {
    return 1024 * Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0)
  } catch {
    return 0
  }
}

/** The update of a case in a process of its own, ended when it takes more than the limit. */
const measured = (index: number): Promise<Measured> =>
  new Promise((resolve, reject) => {
    const script = fileURLToPath(new URL('./memory/update.js', import.meta.url))
    const child = spawn(process.execPath, [script, String(index)], { stdio: ['ignore', 'pipe', 'inherit'] })
    let out = ''
    let most = 0
    const watch = setInterval(() => {
      most = Math.max(most, residentOf(child.pid ?? 0))
      if (most > limit) child.kill('SIGKILL')
    }, 100)
    child.stdout.setEncoding('utf8').on('data', text => {
      out += text
    })
    child.on('close', code => {
      clearInterval(watch)
      if (code === 0) resolve(JSON.parse(out.trim().split('\n').at(-1) ?? '') as Measured)
      else reject(new Error(most > limit ? `${most} bytes resident, the limit is ${limit}` : `exit code ${code}`))
    })
  })

const predicted = ({ config, checkpointing, prompts, grid, sampling, rank }: Case): Memory => {
  const memory = predictMemory({
    config,
    optimiser,
    checkpointing,
    prompts,
    clips: [grid],
    textTokens,
    completions: sampling.count,
    newTokens: sampling.maxTokens,
    ...(rank === undefined ? {} : { adapter: { rank, alpha: 2 * rank, targets } }),
  })
  if (E.isLeft(memory)) throw new Error(`${memory.left._tag}: ${memory.left.cause}`)
  return memory.right
}

const gigabytes = (name: string, ours: number, prediction: number | null): Row => ({
  case: name,
  ours: ours / 1e9,
  peer: prediction === null ? null : prediction / 1e9,
  peerName: prediction === null ? null : 'predicted',
  ratio: prediction === null ? null : prediction / ours,
  unit: 'GB',
})

/**
 * `npm run bench -- memory [large]`: one PA-GRPO update (rollout, reference, gradient, step) of three models, each in a fresh process;
 * with `large` of the one of 0.5 billion parameters alone, with an adapter. Measured is the peak of resident memory of the process and of
 * each phase; predicted is what was resident before there was a model, and the tensors that `predictMemory` counts.
 */
export const bench: Bench = async ({ rest }) => {
  const rows: Row[] = []
  for (const [index, one] of cases.entries()) {
    if (rest.includes('large') && one.rank === undefined) continue
    const prediction = predicted(one)
    const { backend, parameters, before, phases } = await measured(index)
    console.log(`${one.name}: ${parameters} parameters, ${backend}, ${(before / 1e6).toFixed(0)} MB before the model`)
    const of = (name: string): Phase => phases.find(phase => phase.name === name) as Phase
    rows.push(gigabytes(one.name, Math.max(...phases.map(({ bytes }) => bytes)), before + prediction.peak))
    let most = 0
    for (const name of ['weights', 'rollout', 'reference', 'gradient', 'step'] as const) {
      // TensorFlow's pool gives nothing back: a phase has what the largest before it had.
      most = Math.max(most, prediction[name] + (name === 'weights' ? prediction.optimiser : 0))
      rows.push(gigabytes(`  ${name}, ${of(name).seconds.toFixed(1)} s`, of(name).bytes, before + most))
    }
  }
  return rows
}
