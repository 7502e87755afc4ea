/**
 * `node .ci/package.js`: packs the package as npm would publish it and uses it as a stranger does. In an empty project that sees only
 * the declared dependencies, every entry of `exports` is imported and the examples are compiled.
 */
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../', import.meta.url))
const { dependencies, exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const project = mkdtempSync(join(tmpdir(), 'kinograd-package-'))
const run = (program, args, cwd) =>
  execFileSync(program, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })

try {
  const [packed] = Object.values(
    JSON.parse(run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', project], root)),
  )
  const paths = packed.files.map(({ path }) => path)
  const strange = paths.filter(
    path => !/^(dist\/.*\.(js|d\.ts|map)|src\/.*\.ts|README\.md|LICENSE|package\.json)$/.test(path),
  )
  if (strange.length > 0) throw new Error(`these do not belong into the package: ${strange.join(', ')}`)
  console.log(`${packed.filename}: ${paths.length} files, ${(packed.size / 1e6).toFixed(2)} MB`)

  const modules = join(project, 'node_modules')
  mkdirSync(join(modules, 'kinograd'), { recursive: true })
  run('tar', ['-xzf', join(project, packed.filename), '-C', join(modules, 'kinograd'), '--strip-components=1'], project)
  // Types of Node and the test runner are what the examples need besides.
  for (const name of [...Object.keys(dependencies), '@types/node', 'vitest']) {
    mkdirSync(dirname(join(modules, name)), { recursive: true })
    symlinkSync(join(root, 'node_modules', name), join(modules, name))
  }
  writeFileSync(join(project, 'package.json'), '{ "type": "module", "private": true }\n')

  const entries = Object.entries(exports).flatMap(([path, target]) =>
    target?.default === undefined ? [] : [path.replace(/^\./, 'kinograd')],
  )
  const program = `for (const name of ${JSON.stringify(entries)}) console.log(name, Object.keys(await import(name)).length, 'names')`
  writeFileSync(join(project, 'all.js'), program)
  process.stdout.write(run('node', ['all.js'], project))

  cpSync(join(root, 'examples'), join(project, 'examples'), { recursive: true })
  cpSync(join(root, 'tsconfig.base.json'), join(project, 'tsconfig.base.json'))
  const compilerOptions = { noEmit: true, rootDir: '.' }
  writeFileSync(
    join(project, 'tsconfig.json'),
    JSON.stringify({ extends: './tsconfig.base.json', compilerOptions, include: ['examples'] }),
  )
  run(join(root, 'node_modules/.bin/tsc'), ['-p', '.'], project)
  console.log('the examples compile against the package')
} finally {
  rmSync(project, { recursive: true, force: true })
}
