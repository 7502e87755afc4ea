import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const command = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

/** A process that serves, its address, and what ends it: at once, as a power cut would (`SIGKILL`), or as asked. */
export interface ServingProcess {
  readonly address: string
  readonly kill: (signal?: NodeJS.Signals) => Promise<void>
}

const ended = (child: ChildProcess): Promise<void> =>
  new Promise(done => {
    if (child.exitCode !== null || child.signalCode !== null) return done()
    child.once('exit', () => done())
  })

/** Starts a program that prints its address in its first line, and waits for that line. */
export const served = async (program: readonly string[], seconds = 60): Promise<ServingProcess> => {
  const child = spawn(process.execPath, [...program], { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  const address = await new Promise<string>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`no address after ${seconds} s: ${said}`)), 1000 * seconds)
    const hear = (text: Buffer): void => {
      said += text.toString('utf8')
      const found = /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0]
      if (found === undefined) return
      clearTimeout(late)
      resolve(found)
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    child.once('exit', code => {
      clearTimeout(late)
      reject(new Error(`it ended with ${code}: ${said}`))
    })
  }).catch((why: unknown) => {
    child.kill('SIGKILL')
    throw why
  })
  return {
    address,
    kill: async (signal = 'SIGKILL') => {
      child.kill(signal)
      await ended(child)
    },
  }
}

/** `kinograd serve` in a process of its own; without `--port`, on a free one. */
export const kinogradServe = (...flags: readonly string[]): Promise<ServingProcess> =>
  served([command, 'serve', ...(flags.includes('--port') ? [] : ['--port', '0']), ...flags])
