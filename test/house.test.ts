import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

/** The rules of the house that no linter knows. */

const root = fileURLToPath(new URL('../', import.meta.url))
const files = execFileSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' }).split('\n').filter(Boolean)
const read = (path: string): string => readFileSync(`${root}${path}`, 'utf8')
const inFolders = (...folders: readonly string[]) => files.filter(f => folders.some(at => f.startsWith(`${at}/`)))
const code = (list: readonly string[]) => list.filter(f => /\.(ts|js|mjs|py)$/.test(f))
const having = (list: readonly string[], what: RegExp): readonly string[] =>
  list.flatMap(file =>
    read(file)
      .split('\n')
      .flatMap((line, i) => (what.test(line) ? [`${file}:${i + 1}: ${line.trim().slice(0, 100)}`] : [])),
  )
/** This file names what it forbids. */
const others = files.filter(f => f !== 'test/house.test.ts')
const text = others.filter(f => !/\.(safetensors|mp4|png|jpg|gz|svg|wasm)$/.test(f) && f !== 'package-lock.json')

describe('files', () => {
  test('none in src is longer than 300 lines', () => {
    expect(code(inFolders('src')).filter(f => read(f).split('\n').length > 301)).toEqual([])
  })
  test('none has a name that says nothing', () => {
    const forbidden = /^(utils?|helpers?|common|misc|managers?|services?)$/i
    expect(
      others.filter(f =>
        basename(f)
          .split(/[.-]/)
          .some(part => forbidden.test(part)),
      ),
    ).toEqual([])
    expect(
      others.filter(f =>
        f
          .split('/')
          .slice(0, -1)
          .some(part => forbidden.test(part)),
      ),
    ).toEqual([])
  })
  test('none is a stray archive', () => {
    expect(others.filter(f => /\.(tgz|zip|whl|tar)$/.test(f))).toEqual([])
  })
  test('none names a path of one machine', () => {
    expect(
      having(
        text.filter(f => !f.startsWith('.ci/')),
        /(^|[\s'"`(=:])\/(tmp|work|root|home)\//,
      ),
    ).toEqual([])
  })
})

describe('code', () => {
  test('src casts nothing to any and hides nothing from the compiler', () => {
    expect(having(code(inFolders('src')), /\bas any\b|@ts-(ignore|nocheck|expect-error)/)).toEqual([])
  })
  test('no test is left out or alone', () => {
    expect(having(code(inFolders('test', 'examples')), /\b(it|test|describe)\.(skip|only|todo)\(/)).toEqual([])
  })
  test('nothing is put off', () => {
    expect(having(code(inFolders('src', 'examples', 'bench')), /\b(TODO|FIXME|XXX|HACK)\b/)).toEqual([])
  })
  test('indexes name what they export', () => {
    expect(having(code(inFolders('src')), /^export \* /)).toEqual([])
  })
})

/** The order of the rooms: one imports only those before it; laws may import every pure room. */
const order = ['flow', 'advantage', 'process', 'dataset', 'media', 'reward', 'teacher', 'engine', 'stages', 'run']
const allowed = (room: string): readonly string[] =>
  room === 'laws' ? ['flow', 'advantage', 'process', 'reward'] : order.slice(0, Math.max(0, order.indexOf(room)))

/** Every import of a file of src by another, type imports as well; assembly leaves the ending away. */
const imported = code(inFolders('src')).flatMap(file =>
  [...read(file).matchAll(/(?:\bfrom|\bimport\(?) ?'(\.[^']+)'/g)].map(([, to = '']) => ({
    file,
    target: new URL(to.replace(/(?<!\.ts)$/, '.ts'), `file:///${file}`).pathname.slice(1),
  })),
)

/** The first way round that each file stands on: a list of files, each importing the next and the last the first. */
const circles = (links: readonly { readonly file: string; readonly target: string }[]): readonly string[] => {
  const targets = new Map<string, string[]>()
  for (const { file, target } of links) targets.set(file, [...(targets.get(file) ?? []), target])
  const done = new Set<string>()
  const found: string[] = []
  const visit = (file: string, path: readonly string[]): void => {
    const at = path.indexOf(file)
    if (at >= 0) found.push([...path.slice(at), file].join(' → '))
    if (at >= 0 || done.has(file)) return
    for (const target of targets.get(file) ?? []) visit(target, [...path, file])
    done.add(file)
  }
  for (const file of targets.keys()) visit(file, [])
  return found
}

describe('imports', () => {
  test('of src are seen, and each leads to a file', () => {
    expect(imported.length).toBeGreaterThan(400)
    expect(imported.filter(({ target }) => !files.includes(target))).toEqual([])
  })
  test('of src run in no circle', () => {
    expect(circles(imported)).toEqual([])
  })
  test('that ran in a circle would be named', () => {
    const links = ['a b', 'b c', 'c b', 'c d', 'd d'].map(link => ({ file: link[0] ?? '', target: link[2] ?? '' }))
    expect(circles(links)).toEqual(['b → c → b', 'd → d'])
  })
})

/** The order of the folders of engine/tfjs: files of one import only those of folders before it; files beside them import all. */
const folders = ['tensors', 'native', 'backend', 'model', 'lora', 'train', 'sample', 'files', 'memory']

describe('folders of engine/tfjs', () => {
  const inside = /^src\/engine\/tfjs\/(?:(\w+)\/)?/
  /** Its place in the order; the files beside the folders come last. */
  const place = (file: string): number => {
    const folder = inside.exec(file)?.[1]
    return folder === undefined ? folders.length : folders.indexOf(folder)
  }

  test('import nothing that comes after them', () => {
    const back = imported.filter(
      ({ file, target }) => inside.test(file) && inside.test(target) && place(file) < place(target),
    )
    expect(back.map(({ file, target }) => `${file} imports ${target}`)).toEqual([])
  })
  test('are all in the order', () => {
    const there = new Set(inFolders('src/engine/tfjs').flatMap(file => inside.exec(file)?.[1] ?? []))
    expect([...there].sort()).toEqual([...folders].sort())
  })
})

describe('rooms', () => {
  const imports = imported
    .map(({ file, target }) => ({ file, target, room: file.split('/')[1] ?? '' }))
    .filter(({ file }) => file.split('/').length > 2)
    .filter(({ room, target }) => target.split('/')[1] !== room)

  test('import only rooms above them', () => {
    const wrong = imports.filter(({ room, target }) => !allowed(room).includes(target.split('/')[1] ?? ''))
    expect(wrong.map(({ file, target }) => `${file} imports ${target}`)).toEqual([])
  })
  test('import each other by the index', () => {
    const deep = imports.filter(({ target }) => !/^src\/(\w+|engine\/tfjs)\/index\.ts$/.test(target))
    expect(deep.map(({ file, target }) => `${file} imports ${target}`)).toEqual([])
  })
  test('are all in the order', () => {
    const rooms = new Set(
      inFolders('src')
        .map(f => f.split('/'))
        .filter(p => p.length > 2)
        .map(p => p[1] ?? ''),
    )
    expect([...rooms].sort()).toEqual([...order, 'laws'].sort())
  })
})

describe('package-lock.json', () => {
  const { packages } = JSON.parse(read('package-lock.json')) as {
    packages: Record<string, { optionalDependencies?: Record<string, string>; resolved?: string }>
  }
  test('names the optional packages of all platforms: npm ci refuses it otherwise (node .ci/complete-lock.js)', () => {
    const names = new Set(Object.keys(packages).map(path => path.slice(path.lastIndexOf('node_modules/') + 13)))
    const wanted = Object.values(packages).flatMap(({ optionalDependencies = {} }) => Object.keys(optionalDependencies))
    expect(wanted.filter(name => !names.has(name))).toEqual([])
  })
  test('holds no address of a registry', () => {
    expect(Object.values(packages).filter(({ resolved }) => resolved?.startsWith('http'))).toEqual([])
  })
})
