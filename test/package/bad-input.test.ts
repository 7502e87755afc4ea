import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { entries, root, strangersProject } from '../../.ci/stranger.js'
import { packed } from './packed.ts'

/** What goes wrong before the first line of a pipeline runs, tried on the package as npm would publish it: one line says what to do. */

let folder = ''
let paths: readonly string[] = []
const project = () => join(folder, 'project')

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kinograd-stranger-'))
  const made = await packed()
  paths = made.paths
  strangersProject(project(), made.tarball)
}, 300_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Runs a program in the stranger's project. */
const node = (args: readonly string[]) => {
  const { stdout, stderr, status } = spawnSync(process.execPath, args, {
    cwd: project(),
    encoding: 'utf8',
    timeout: 60_000,
  })
  return { out: stdout, err: stderr, status }
}
const moduleText = (code: string) => node(['--input-type=module', '-e', code])
const commonText = (code: string) => node(['--input-type=commonjs', '-e', code])

/** Runs as if Node were another. */
const asVersion = (version: string): string =>
  `--import=data:text/javascript,Object.defineProperty(process,"versions",{value:{...process.versions,...${version}}})`

test('npm pack builds: the packed tree had no dist, the package has every file that package.json names', () => {
  expect(paths).toContain('dist/index.js')
  expect(paths).toContain('dist/cli/main.js')
  expect(paths.filter(path => /tsbuildinfo|^build|^test/.test(path))).toEqual([])
})

describe('an internal path, or an entry that does not exist', () => {
  const wrong = ['kinograd/dist/flow/within.js', 'kinograd/internal/x', 'kinograd/nothing', 'kinograd/flow/within']

  test.each(wrong)('import %s: one line with the path and what to import instead', path => {
    const { err, status } = moduleText(`import { within } from '${path}'`)
    expect(status).not.toBe(0)
    const inner = path.replace('kinograd/', '')
    const lines = err.split('\n').filter(line => /Error.*: /.test(line))
    expect(lines).toHaveLength(1)
    expect(lines[0]).toContain(`none, import kinograd or a room of its README.md/${inner}`)
    expect(lines[0]).toContain('imported from')
  })

  test('require of one says the same', () => {
    const { err } = commonText("require('kinograd/nothing')")
    expect(err).toContain('none, import kinograd or a room of its README.md/nothing')
  })

  test('package.json, which tools read, is there', () => {
    expect(commonText("console.log(require('kinograd/package.json').name)").out).toBe('kinograd\n')
  })
})

test('require works for every entry', () => {
  const { out, err } = commonText(
    `for (const name of ${JSON.stringify(entries())}) if (Object.keys(require(name)).length === 0) console.log(name)`,
  )
  expect(err).toBe('')
  expect(out).toBe('')
})

describe('an old Node', () => {
  const line = 'kinograd needs Node.js 20.19 or later, and this is Node.js 18.20.8'

  test('is told so by the command, which loads nothing else', () => {
    const command = join(project(), 'node_modules/kinograd/dist/cli/main.js')
    const old = node([asVersion('{node:"18.20.8"}'), command, 'doctor'])
    expect(old).toEqual({ out: '', err: `${line}: install a newer one (https://nodejs.org).\n`, status: 3 })
    expect(node([command, '--help']).status).toBe(0)
    expect(readFileSync(command, 'utf8')).not.toMatch(/^import|\?\?|\?\.|^await/m)
  })

  test.each(['kinograd', 'kinograd/flow', 'kinograd/reward', 'kinograd/engine'])('is told so by import %s', name => {
    const { err, status } = node([
      asVersion('{node:"18.20.8"}'),
      '--input-type=module',
      '-e',
      `await import('${name}').catch(error => { console.error(error.message); process.exitCode = 1 })`,
    ])
    expect(status).toBe(1)
    expect(err).toBe(`${line} (OldNode). Install a newer Node.js (https://nodejs.org)\n`)
  })

  test('the line is that of engines; a Deno or a Bun that names an old Node goes on', () => {
    const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    expect(engines.node).toBe('>=20.19')
    for (const version of ['{node:"20.11.1",deno:"2.0.0"}', '{node:"18.0.0",bun:"1.0.0"}', '{node:"20.19.0"}'])
      expect(node([asVersion(version), '--input-type=module', '-e', "import 'kinograd/flow'"]).status).toBe(0)
    expect(
      node([asVersion('{node:"20.18.9"}'), '--input-type=module', '-e', "import 'kinograd/flow'"]).status,
    ).not.toBe(0)
  })
})

describe('two copies of rxjs and fp-ts', () => {
  beforeAll(async () => {
    for (const name of ['rxjs', 'fp-ts']) {
      const copy = join(project(), 'node_modules/kinograd/node_modules', name)
      cpSync(join(root, 'node_modules', name), copy, { recursive: true })
      const manifest = readFileSync(join(copy, 'package.json'), 'utf8')
      writeFileSync(join(copy, 'package.json'), manifest.replace(/"version": "[^"]*"/, '"version": "7.8.99"'))
    }
  }, 120_000)

  test('run a pipeline together: sources, operators and Eithers of either copy', () => {
    const { out, err } = moduleText(`
      import { createRequire } from 'node:module'
      import { from, lastValueFrom, map, share, Subject, toArray } from 'rxjs'
      import { either as E, taskEither as TE } from 'fp-ts'
      import { batch, items, stage } from 'kinograd/flow'

      const theirs = createRequire(import.meta.resolve('kinograd/flow')).resolve('rxjs')
      if (theirs === createRequire(import.meta.url).resolve('rxjs')) throw new Error('one copy')
      const item = String
      const stages = [
        stage.fromEither({ name: 'double', item }, n => (n === 3 ? E.left({ _tag: 'Odd', cause: '', remedy: '' }) : E.right(2 * n))),
        stage.fromTaskEither({ name: 'later', item }, n => TE.right(n + 1)),
        stage.fromObservable({ name: 'twice', item }, n => from([n, n]).pipe(map(E.right))),
      ]
      const subject = new Subject()
      const pushed = lastValueFrom(subject.pipe(stages[0], share(), toArray()))
      subject.next(E.right(5))
      subject.complete()
      const shown = found => found.map(one => (E.isRight(one) ? one.right : one.left.fault._tag))
      console.log(JSON.stringify([
        shown(await lastValueFrom(from([1, 2, 3].map(E.right)).pipe(...stages, map(one => one), toArray()))),
        shown(await pushed),
        shown(await lastValueFrom(items([1, 2]).pipe(batch(2), toArray()))).map(({ items }) => items),
      ]))`)
    expect(err).toBe('')
    expect(JSON.parse(out)).toEqual([[3, 3, 5, 5, 'Odd'], [10], [[1, 2]]])
  })
})
