import { execFile } from 'node:child_process'
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { must } from '../must.ts'
import { type Ground, shape } from './ground.ts'
import type { Remote } from './remote.ts'

/** A file of this project; this one runs as build/bench/servers/servers.js. */
const fromRoot = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url))

const ofPeers = (name: string): string => fromRoot(`bench/peers/${name}`)

/** `kinograd serve`: the adapter lies in its state as it saves them itself. */
const serve = ({ own, ownAdapter }: Ground): Remote => ({
  name: 'kinograd serve',
  patienceSeconds: 120,
  program: (port, state) => {
    const flags = ['--checkpoint', own, '--name', 'tiny', '--backend', 'wasm', '--port', `${port}`, '--state', state]
    return [process.execPath, fromRoot('dist/cli/main.js'), 'serve', ...flags]
  },
  plant: async ({ state }) => {
    const folder = join(state, 'planted', 'weights', 'adapter')
    await mkdir(folder, { recursive: true })
    await cp(ownAdapter, folder, { recursive: true })
    await writeFile(join(folder, 'shape.json'), JSON.stringify({ rank: shape.rank, alpha: shape.alpha, seed: 0 }))
    return 'tinker://planted/weights/adapter'
  },
})

/** SkyRL on JAX: a checkpoint that it saved gets the adapter's numbers. */
const skyrl = ({ llama, llamaAdapter }: Ground): Remote => ({
  name: 'SkyRL',
  patienceSeconds: 600,
  program: (port, state) => ['sh', ofPeers('serve_skyrl.sh'), llama, `${port}`, state],
  plant: async ({ engine, state, folder }) => {
    must(await engine.save(folder)())
    const saved: { readonly path: string } = JSON.parse(await readFile(join(folder, 'kinograd.manifest.json'), 'utf8'))
    const [, model = '', name = ''] = /^tinker:\/\/([^/]+)\/weights\/(.+)$/.exec(saved.path) ?? []
    const checkpoint = join(state, 'checkpoints', model, `${name}.tar.gz`)
    const python = join(process.env.KINOGRAD_SKYRL ?? '', 'bin', 'python')
    const env = { ...process.env, JAX_PLATFORMS: 'cpu' }
    await promisify(execFile)(python, [ofPeers('skyrl_checkpoint.py'), checkpoint, llamaAdapter], {
      timeout: 300_000,
      env,
    })
    return saved.path
  },
})

/** open-rl on torch: it loads PEFT's folder, with a file of its own beside. */
const openRl = ({ llama, llamaAdapter }: Ground): Remote => ({
  name: 'open-rl',
  patienceSeconds: 600,
  program: (port, state) => ['sh', ofPeers('serve_open_rl.sh'), llama, `${port}`, state],
  plant: async ({ state }) => {
    const folder = join(state, 'planted')
    await cp(llamaAdapter, folder, { recursive: true })
    await writeFile(join(folder, 'metadata.json'), JSON.stringify({ base_model: llama, has_optimizer: false }))
    return folder
  },
})

/** Ours, and with `peers` the others; those that are not installed are not started, and `missing` says why. */
export const servers = (ground: Ground, peers: boolean) => {
  const others = [
    { remote: skyrl(ground), needs: 'KINOGRAD_SKYRL', by: 'bench/peers/serve_skyrl.sh' },
    { remote: openRl(ground), needs: 'KINOGRAD_OPEN_RL', by: 'bench/peers/serve_open_rl.sh' },
  ]
  const there = others.filter(({ needs }) => peers && process.env[needs] !== undefined)
  return {
    remotes: [serve(ground), ...there.map(({ remote }) => remote)],
    missing: others
      .filter(one => !there.includes(one))
      .map(({ remote: { name }, needs, by }) => ({
        name,
        why: peers ? `${needs} is not set: ${by} says how it is installed` : 'run with --peers',
      })),
  }
}
