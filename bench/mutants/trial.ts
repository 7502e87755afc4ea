import { rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parentPort, workerData } from 'node:worker_threads'
import * as fc from 'fast-check'
import { type FlowRoom, flowLawsOf } from 'kinograd/laws'
import { flowMutants } from './flow.ts'
import { seed } from './seed.ts'

/** Tries laws on one mutant in a thread of its own, which can be ended if the mutant never ends. */
const { index, runs } = workerData as { readonly index: number; readonly runs: number }
const here = dirname(fileURLToPath(import.meta.url))
const copy = join(here, '..', '..', 'mutants', `flow-${index}`)
const mutant = flowMutants[index]
const room = dirname(fileURLToPath(import.meta.resolve('kinograd/flow')))
const flow = (await import(pathToFileURL(seed(room, copy, mutant)).href)) as FlowRoom

// The same runs every time, so that a fault is not missed by bad luck.
fc.configureGlobal({ seed: 1 })
const broken: string[] = []
for (const law of flowLawsOf(flow)) {
  if (mutant !== undefined && law.name !== mutant.law) continue
  await law.assert({ numRuns: runs }).catch(() => broken.push(law.name))
}
rmSync(copy, { recursive: true, force: true })
parentPort?.postMessage(broken)
