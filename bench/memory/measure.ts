import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { either as E } from 'fp-ts'
import { type Memory, predictMemory } from 'kinograd/engine/tfjs'
import type { Row } from '../row.ts'
import { type Case, optimiserOf, targets, textTokens } from './case.ts'
import type { Measured } from './update.ts'

/** No child process may have more resident, bytes. */
const limit = 17e9

const residentOf = (pid: number): number => {
  try {
    return 1024 * Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0)
  } catch {
    return 0
  }
}

/** The update of a case in a process of its own, ended when it takes more than the limit; `folder` has its checkpoint, where it has one. */
export const measured = ({ name }: Case, folder?: string, only = false): Promise<Measured> =>
  new Promise((resolve, reject) => {
    const script = fileURLToPath(new URL('./update.js', import.meta.url))
    const args = [script, name, ...(folder === undefined ? [] : [folder]), ...(only ? ['only'] : [])]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
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

/** What the update of a case takes by `predictMemory`. */
export const predicted = (one: Case): Memory => {
  const { config, checkpointing, prompts, grid, sampling, rank, checkpoint } = one
  const memory = predictMemory({
    config,
    optimiser: optimiserOf(one),
    checkpointing,
    prompts,
    clips: [grid],
    textTokens,
    completions: sampling.count,
    newTokens: sampling.maxTokens,
    ...(checkpoint === undefined ? {} : { storage: 'bfloat16' as const }),
    ...(rank === undefined ? {} : { adapter: { rank, alpha: 2 * rank, targets } }),
  })
  if (E.isLeft(memory)) throw new Error(`${memory.left._tag}: ${memory.left.cause}`)
  return memory.right
}

/** A row of gigabytes beside what was predicted. */
export const gigabytes = (name: string, ours: number, prediction: number | null): Row => ({
  case: name,
  ours: ours / 1e9,
  peer: prediction === null ? null : prediction / 1e9,
  peerName: prediction === null ? null : 'predicted',
  ratio: prediction === null ? null : prediction / ours,
  unit: 'GB',
})

/** Rows of a case: the peak of all, and each phase's. */
export const rowsOf = (one: Case, prediction: Memory, { before, phases }: Measured): readonly Row[] => {
  const rows = [gigabytes(one.name, Math.max(...phases.map(({ bytes }) => bytes)), before + prediction.peak)]
  let most = 0
  for (const name of ['load', 'weights', 'rollout', 'reference', 'gradient', 'step'] as const) {
    const phase = phases.find(found => found.name === name)
    if (phase === undefined) continue
    // TensorFlow's pool gives nothing back: a phase has what the largest before it had.
    most = Math.max(most, prediction[name] + (name === 'weights' ? prediction.optimiser : 0))
    rows.push(gigabytes(`  ${name}, ${phase.seconds.toFixed(1)} s`, phase.bytes, before + most))
  }
  for (const { name, seconds, bytes } of phases)
    if (name === 'save' || name === 'load again')
      rows.push(gigabytes(`  ${name}, ${seconds.toFixed(1)} s`, bytes, before + most))
  return rows
}
