/**
 * A stranger's project: an empty folder that holds the package as npm would publish it and sees only the declared dependencies.
 * The package is packed from a copy of the working tree without `dist`, so that a pack that forgets to build is found out.
 */
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The repository. */
export const root = fileURLToPath(new URL('../', import.meta.url))

/** Runs a program to its end, at most five minutes, and gives what it printed. */
export const run = (/** @type {string} */ program, /** @type {readonly string[]} */ args, /** @type {string} */ cwd) =>
  execFileSync(program, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], timeout: 300_000 })

/** Copies what git knows or would take up, as it stands, and lends it the installed packages. */
const copyTree = (/** @type {string} */ to) => {
  const list = run('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], root)
  for (const path of list.split('\0').filter(path => path !== '' && existsSync(join(root, path))))
    cpSync(join(root, path), join(to, path), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(to, 'node_modules'))
}

/** Packs the working tree into `folder`; gives the tarball's path, its size in bytes and the paths inside. */
export const pack = (/** @type {string} */ folder) => {
  const clone = mkdtempSync(join(tmpdir(), 'kinograd-clone-'))
  try {
    copyTree(clone)
    const args = ['pack', '--json', '--foreground-scripts=false', '--pack-destination', folder]
    const [packed] = Object.values(JSON.parse(run('npm', args, clone)))
    const paths = packed.files.map((/** @type {{ path: string }} */ { path }) => path)
    return { tarball: join(folder, packed.filename), bytes: Number(packed.size), paths }
  } finally {
    rmSync(clone, { recursive: true, force: true })
  }
}

/** Unpacks the tarball into a project of its own, with links to the declared dependencies and to what else is named. */
export const strangersProject = (
  /** @type {string} */ folder,
  /** @type {string} */ tarball,
  /** @type {readonly string[]} */ besides = [],
) => {
  const modules = join(folder, 'node_modules')
  mkdirSync(join(modules, 'kinograd'), { recursive: true })
  run('tar', ['-xzf', tarball, '-C', join(modules, 'kinograd'), '--strip-components=1'], folder)
  const { dependencies, peerDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  for (const name of [...Object.keys({ ...dependencies, ...peerDependencies }), ...besides]) {
    mkdirSync(dirname(join(modules, name)), { recursive: true })
    symlinkSync(join(root, 'node_modules', name), join(modules, name))
  }
  writeFileSync(join(folder, 'package.json'), '{ "type": "module", "private": true }\n')
}

/** What can be imported: `kinograd`, `kinograd/flow` and so on, as `exports` of package.json names them. */
export const entries = () => {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  return Object.keys(exports)
    .filter(path => !path.includes('*') && !path.endsWith('.json'))
    .map(path => path.replace(/^\./, 'kinograd'))
}
