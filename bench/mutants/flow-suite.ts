import { Worker } from 'node:worker_threads'
import { flowLaws } from 'kinograd/laws'
import { flowMutants } from './flow.ts'

const limitMs = 60_000
const runs = Number(process.env.KINOGRAD_FUZZ_RUNS ?? 200)

const trial = (index: number): Promise<readonly string[] | 'never ends'> =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./trial.js', import.meta.url), {
      workerData: { index, runs },
      stderr: true,
    })
    const clock = setTimeout(() => {
      resolve('never ends')
      void worker.terminate()
    }, limitMs)
    worker.on('message', broken => {
      clearTimeout(clock)
      resolve(broken)
      void worker.terminate()
    })
    worker.on('error', error => {
      clearTimeout(clock)
      reject(error)
    })
  })

/**
 * Seeds one fault after the other into a copy of the compiled flow room and tries the law that has to notice. First
 * the room without a fault, which must keep every law. A fault that never ends is killed by
 * the clock. Gives how many survive.
 */
export const tryFlowFaults = async (): Promise<number> => {
  const sound = await trial(-1)
  if (sound.length > 0) {
    console.error(`the room itself breaks: ${sound}`)
    return flowMutants.length
  }
  console.log(`flow without a fault keeps its ${flowLaws.length} laws (${runs} runs each)`)

  let alive = 0
  for (const [index, mutant] of flowMutants.entries()) {
    const result = await trial(index)
    const killed = result === 'never ends' || result.length > 0
    if (!killed) alive += 1
    const how = result === 'never ends' ? ' (it never ends)' : ''
    console.log(`${killed ? 'killed' : 'MISSED'}  ${mutant.name.padEnd(72)}  by "${mutant.law}"${how}`)
  }
  console.log(
    `${flowMutants.length - alive} of ${flowMutants.length} faults of the flow room killed by the law that names them`,
  )
  return alive
}
