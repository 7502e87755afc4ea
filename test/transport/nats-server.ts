import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { onLoopback } from '../loopback.ts'

/** Whether there is a NATS server on this machine; what needs one says that it is left out. */
export const hasNats = spawnSync('nats-server', ['--version']).status === 0
if (!hasNats) console.log('No nats-server is installed: what needs one is left out (apt-get install nats-server).')

const freePort = async (): Promise<number> => {
  const { url, close } = await onLoopback(createServer())
  await close()
  return Number(new URL(url).port)
}

/** How a server differs from the usual one. */
interface NatsServerOptions {
  /** Text of its configuration. */
  readonly config?: string
  /** True when not given. */
  readonly jetStream?: boolean
  /** Where it keeps its streams; a folder of its own when not given. */
  readonly store?: string
}

/** A NATS server on loopback whose store outlives it. */
export const startNats = async (flags: readonly string[] = [], options: NatsServerOptions = {}) => {
  const folder = await mkdtemp(join(tmpdir(), 'kinograd-nats-'))
  const { config, jetStream = true, store = folder } = options
  const port = await freePort()
  const configFile = join(folder, 'server.conf')
  if (config !== undefined) await writeFile(configFile, config)
  const given = [
    ...(jetStream ? ['-js', '-sd', store] : []),
    ...(config === undefined ? [] : ['-c', configFile]),
    ...flags,
  ]
  let child: ChildProcess | undefined
  const start = async (): Promise<void> => {
    child = spawn('nats-server', ['-a', '127.0.0.1', '-p', String(port), ...given], {
      stdio: 'pipe',
    })
    let said = ''
    child.stderr?.on('data', piece => {
      said += piece
    })
    for (let tries = 0; !said.includes('Server is ready'); tries++) {
      if (tries > 200 || child.exitCode !== null) throw new Error(`nats-server does not start: ${said}`)
      await sleep(25)
    }
  }
  const stop = async (): Promise<void> => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const gone = new Promise(done => child?.once('exit', done))
    child.kill('SIGKILL')
    await gone
  }
  await start()
  const close = async (): Promise<void> => {
    await stop()
    await rm(folder, { recursive: true, force: true })
  }
  return { url: `nats://127.0.0.1:${port}`, port, store, start, stop, close }
}
