import { spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { either as E } from 'fp-ts'

/** A server that a bench started. */
export interface Started {
  readonly url: string
  readonly seconds: number
  readonly stop: () => Promise<void>
}

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      server.close(() => resolve(port))
    })
  })

const healthy = async (url: string): Promise<boolean> => {
  try {
    return (await fetch(`${url}/api/v1/healthz`, { signal: AbortSignal.timeout(5000) })).ok
  } catch {
    return false
  }
}

/**
 * Starts a program that serves, on a free port, and waits until it is well. All that it starts itself ends with it. Left: which step
 * failed, with the last lines that it said.
 */
export const start = async (
  program: (port: number) => readonly [string, ...string[]],
  patienceSeconds: number,
): Promise<E.Either<string, Started>> => {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const [command, ...args] = program(port)
  const began = performance.now()
  const child = spawn(command, args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  let ended: string | undefined
  const hear = (text: Buffer): void => {
    said = (said + text.toString('utf8')).slice(-4000)
  }
  child.stdout.on('data', hear)
  child.stderr.on('data', hear)
  child.once('error', error => {
    ended = error.message
  })
  child.once('exit', code => {
    ended ??= `it ended with ${code}`
  })
  const signalAll = (signal: NodeJS.Signals): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, signal)
    } catch {
      // Nobody of the group is there any more.
    }
  }
  const stop = async (): Promise<void> => {
    signalAll('SIGTERM')
    for (let waited = 0; waited < 100 && ended === undefined; waited++) await sleep(100)
    signalAll('SIGKILL')
  }
  const tail = (): string => said.trim().split('\n').slice(-3).join(' | ')
  while (performance.now() - began < 1000 * patienceSeconds) {
    if (ended !== undefined) return E.left(`${command} ${args[0]}: ${ended}: ${tail()}`)
    if (await healthy(url)) return E.right({ url, seconds: (performance.now() - began) / 1000, stop })
    await sleep(250)
  }
  await stop()
  return E.left(`${command} ${args[0]}: not well after ${patienceSeconds} s: ${tail()}`)
}
