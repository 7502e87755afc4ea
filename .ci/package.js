/**
 * `node .ci/package.js`: packs the package as npm would publish it and uses it as a stranger does. In an empty project that sees only
 * the declared dependencies, every entry of `exports` is imported and the examples are compiled.
 */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { entries, pack, root, run, strangersProject } from './stranger.js'

const folder = mkdtempSync(join(tmpdir(), 'kinograd-package-'))
try {
  const { tarball, bytes, paths } = pack(folder)
  const belongs =
    /^(dist\/.*\.(js|d\.ts|map)|src\/.*\.ts|entry\/.*\.js|README\.md|CHANGELOG\.md|docs\/(licences|configs)\.md|LICENSE|package\.json)$/
  const strange = paths.filter(path => !belongs.test(path))
  if (strange.length > 0) throw new Error(`these do not belong into the package: ${strange.join(', ')}`)
  const { exports, bin } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const named = [...Object.values(exports), ...Object.values(bin)]
    .flatMap(target => (typeof target === 'string' ? [target] : Object.values(target)))
    .filter(path => typeof path === 'string' && !path.includes('*'))
  const missing = named.filter(path => !paths.includes(path.replace(/^\.\//, '')))
  if (missing.length > 0) throw new Error(`package.json names what is not in the package: ${missing.join(', ')}`)
  console.log(`${paths.length} files, ${(bytes / 1e6).toFixed(2)} MB`)

  // Types of Node and the test runner are what the examples need besides.
  const project = join(folder, 'project')
  mkdirSync(project)
  strangersProject(project, tarball, ['@types/node', 'vitest'])
  const program = `for (const name of ${JSON.stringify(entries())}) console.log(name, Object.keys(await import(name)).length, 'names')`
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
  rmSync(folder, { recursive: true, force: true })
}
