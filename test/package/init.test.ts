import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { strangersProject } from '../../.ci/stranger.js'
import { isLong } from '../spent.ts'
import { packed } from './packed.ts'

/**
 * A newcomer's first minutes: the packed package in an empty folder, `init`, `run` on WebAssembly, a page. The ten updates of the
 * template are made in the long suite; here two, which are no other code.
 */

let folder = ''
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kinograd-init-'))
  mkdirSync(join(folder, 'project'))
  strangersProject(join(folder, 'project'), (await packed()).tarball)
}, 300_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const kinograd = (...args: readonly string[]) => {
  const { PATH = '', HOME = '' } = process.env
  const main = join('node_modules', 'kinograd', 'dist', 'cli', 'main.js')
  const cwd = join(folder, 'project')
  return spawnSync(process.execPath, [main, ...args], {
    ...{ cwd, encoding: 'utf8', timeout: 900_000, killSignal: 'SIGKILL' },
    env: { PATH, HOME, KINOGRAD_NATIVE: 'off' },
  })
}

test('init and run end with a page, and a policy that follows the template', () => {
  const made = kinograd('init', 'demo')
  expect([made.status, made.stderr]).toEqual([0, ''])
  const ended = kinograd('run', 'demo/config.yaml', ...(isLong ? [] : ['--set', 'rl.updates=2']))
  expect([ended.status, ended.stderr]).toEqual([0, ''])
  expect(ended.stdout).toContain('Chains: 12 written, 10 with the right answer, 9 kept.')
  expect(ended.stdout).toContain('Everything lies in runs/first-run: report.html')
  const run = join(folder, 'project', 'runs', 'first-run')
  const { policies } = JSON.parse(readFileSync(join(run, 'summary.json'), 'utf8'))
  expect(Object.keys(policies)).toEqual(['base', 'sft', 'paGrpo'])
  expect(policies.sft.formatRate).toBeGreaterThan(0.8)
  expect(policies.sft.accuracy).toBeGreaterThan(policies.base.accuracy)
  const page = readFileSync(join(run, 'report.html'), 'utf8')
  expect(page).toContain('</html>')
  const help = kinograd('--help')
  expect(help.stdout).toMatch(/kinograd init DIR +writes a configuration/)
  expect(help.stdout).toMatch(/kinograd run CONFIG\.yaml +VideoP2R/)
}, 1_000_000)
