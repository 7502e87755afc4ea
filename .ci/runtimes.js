/**
 * `node .ci/runtimes.js [DIR]`: imports every entry of the packed package and makes one rollout on Node 20, 22 and 24, Bun and Deno,
 * which npm brings into DIR (kept for the next time; a folder that is removed, when not given). An old Node must say what to do.
 * Prints the table of bench/NOTES.md; fails when a runtime fails, or when two of them sample different tokens of one seed.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { entries, pack, strangersProject } from './stranger.js'

const [given] = process.argv.slice(2)
const folder = mkdtempSync(join(tmpdir(), 'kinograd-runtimes-'))
const kept = given === undefined ? join(folder, 'runtimes') : resolve(given)

/** Fetches a package that holds a program, each into a folder of its own, once. */
const fetched = (name, version, program) => {
  const at = join(kept, `${name}${version}`)
  const path = join(at, 'node_modules', program)
  if (existsSync(path)) return path
  mkdirSync(at, { recursive: true })
  // Their install scripts put the program in its place.
  writeFileSync(join(at, 'package.json'), JSON.stringify({ private: true, allowScripts: { [name]: true } }))
  const args = ['install', '--no-save', '--no-audit', '--no-fund', `${name}@${version}`]
  execFileSync('npm', args, { cwd: at, stdio: ['ignore', 'ignore', 'inherit'], timeout: 300_000 })
  return path
}

const runtimes = [
  ['Node 20', () => fetched('node', '20', 'node/bin/node'), []],
  ['Node 22', () => fetched('node', '22', 'node/bin/node'), []],
  ['Node 24', () => fetched('node', '24', 'node/bin/node'), []],
  ['Bun', () => fetched('bun', 'latest', '.bin/bun'), []],
  ['Deno', () => fetched('deno', 'latest', '.bin/deno'), ['run', '--allow-all']],
]

const failures = []
try {
  const project = join(folder, 'project')
  mkdirSync(project)
  strangersProject(project, pack(folder).tarball)
  copyFileSync(new URL('./rollout.js', import.meta.url), join(project, 'rollout.js'))

  console.log('| runtime | version | entries | imported in, ms | rollout, tokens/s | tokens of seed 2 | backend |')
  console.log('|---|---|---|---|---|---|---|')
  const sampled = new Set()
  for (const [name, program, args] of runtimes) {
    const path = program()
    const version = execFileSync(path, ['--version'], { encoding: 'utf8' }).split('\n')[0].replace('deno ', '')
    const options = { cwd: project, encoding: 'utf8', timeout: 180_000 }
    const { stdout, stderr, status } = spawnSync(path, [...args, 'rollout.js', ...entries()], options)
    if (status !== 0) {
      failures.push(`${name} ${version}: exit ${status}\n${stderr}`)
      continue
    }
    const told = JSON.parse(stdout.trim().split('\n').at(-1))
    sampled.add(told.tokens)
    const figures = [told.entries, told.imported, told.tokensPerSecond, told.tokens, told.detail]
    console.log(`| ${[name, version, ...figures].join(' | ')} |`)
  }
  if (sampled.size > 1) failures.push(`one seed gives different tokens: ${[...sampled].join(', ')}`)

  const old = fetched('node', '18', 'node/bin/node')
  const command = join(project, 'node_modules/kinograd/dist/cli/main.js')
  const { stderr, status } = spawnSync(old, [command, 'doctor'], { encoding: 'utf8', timeout: 60_000 })
  console.log(`Node 18 says: ${stderr.trim()}`)
  if (status !== 3 || stderr.trim().split('\n').length !== 1) failures.push(`Node 18 ends with ${status}`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
for (const failure of failures) console.error(failure)
process.exitCode = failures.length > 0 ? 1 : 0
