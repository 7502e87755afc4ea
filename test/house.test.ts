import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { measure } from './measure.ts'

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

/** The order of the rooms: one imports only those before it; laws may import every pure room, the commands every room. */
const order = [
  'untrusted',
  'flow',
  'advantage',
  'process',
  'dataset',
  'media',
  'reward',
  'teacher',
  'engine',
  'transport',
  'stages',
  'run',
  'simulation',
  'evaluation',
  'recipe',
]
const allowed = (room: string): readonly string[] =>
  room === 'laws'
    ? ['untrusted', 'flow', 'advantage', 'process', 'reward']
    : room === 'cli'
      ? [...order, 'laws']
      : order.slice(0, Math.max(0, order.indexOf(room)))

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
const folders = ['tensors', 'native', 'backend', 'model', 'lora', 'train', 'sample', 'files', 'memory', 'tiny']

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
    const deep = imports.filter(({ target }) => !/^src\/(\w+|engine\/(?:tfjs|tinker|vllm))\/index\.ts$/.test(target))
    expect(deep.map(({ file, target }) => `${file} imports ${target}`)).toEqual([])
  })
  test('are all in the order', () => {
    const rooms = new Set(
      inFolders('src')
        .map(f => f.split('/'))
        .filter(p => p.length > 2)
        .map(p => p[1] ?? ''),
    )
    expect([...rooms].sort()).toEqual([...order, 'laws', 'cli'].sort())
  })
})

describe('package-lock.json', () => {
  const { packages } = JSON.parse(read('package-lock.json')) as {
    packages: Record<
      string,
      { optionalDependencies?: Record<string, string>; resolved?: string; integrity?: string; link?: boolean }
    >
  }
  test('names the optional packages of all platforms: npm ci refuses it otherwise (node .ci/complete-lock.js)', () => {
    const names = new Set(Object.keys(packages).map(path => path.slice(path.lastIndexOf('node_modules/') + 13)))
    const wanted = Object.values(packages).flatMap(({ optionalDependencies = {} }) => Object.keys(optionalDependencies))
    expect(wanted.filter(name => !names.has(name))).toEqual([])
  })
  test('has a hash for every package: npm ci checks nothing without one (node .ci/complete-lock.js)', () => {
    const without = Object.entries(packages).filter(
      ([path, { integrity = '', link }]) => path !== '' && link !== true && !/^sha512-[\w+/]{86}==/.test(integrity),
    )
    expect(without.map(([path]) => path)).toEqual([])
  })
  test('holds no address of a registry', () => {
    expect(Object.values(packages).filter(({ resolved }) => resolved?.startsWith('http'))).toEqual([])
  })
})

describe('sizes and types', () => {
  /** The decoding kernel's AssemblyScript is unrolled by hand and is no TypeScript. */
  const measured = code(inFolders('src'))
    .filter(file => !file.includes('/assembly/'))
    .map(file => ({ file, ...measure(file, read(file)) }))

  test('a file of src has at most 65 lines at the median', () => {
    const lines = measured.map(file => file.lines).sort((a, b) => a - b)
    expect(lines[Math.floor(lines.length / 2)]).toBeLessThanOrEqual(65)
  })
  test('no function in src is longer than 70 lines', () => {
    const long = measured.flatMap(({ file, functions }) =>
      functions.filter(({ lines }) => lines > 70).map(({ line, lines }) => `${file}:${line} has ${lines} lines`),
    )
    expect(long).toEqual([])
  })
  test('src has fewer than 8 casts per 1,000 lines', () => {
    const sum = (of: (file: (typeof measured)[number]) => number) => measured.reduce((n, file) => n + of(file), 0)
    const most = [...measured].sort((a, b) => b.casts.length - a.casts.length).slice(0, 20)
    const where = most.map(({ file, casts }) => `${file}: ${casts.map(({ line }) => line).join(' ')}`).join('\n')
    const share = (1000 * sum(file => file.casts.length)) / sum(file => file.lines)
    expect(share, `most of them, by line:\n${where}`).toBeLessThan(8)
  })
  test('the examples that newcomers copy have no cast and no type argument', () => {
    const copied = files.filter(f => /^examples\/([^/]+|videop2r\/module)\.ts$/.test(f))
    const written = copied.flatMap(file => {
      const { casts, typeArguments } = measure(file, read(file))
      return [...casts, ...typeArguments].map(
        ({ line }) => `${file}:${line}: ${read(file).split('\n')[line - 1]?.trim()}`,
      )
    })
    expect(copied.length).toBeGreaterThan(2)
    expect(written).toEqual([])
  })
  test('the measures see what they are asked for', () => {
    const text =
      'const f = <T,>(x: T) =>\n  x as unknown as T\nexport const g = [f<number>(1), new Set<1>(), <string>f("a")] as const\n'
    expect(measure('a.ts', text)).toEqual({
      lines: 3,
      functions: [{ line: 1, lines: 2 }],
      casts: [2, 2, 3].map(line => ({ line, lines: 1 })),
      typeArguments: [3, 3].map(line => ({ line, lines: 1 })),
    })
  })
})

describe('pages', () => {
  test('every rule that CONTRIBUTING.md lists is a test of this file', () => {
    const rules = [...read('CONTRIBUTING.md').matchAll(/^- `([^`]+)`/gm)].map(([, rule = '']) => rule)
    let about = ''
    const tests = [...read('test/house.test.ts').matchAll(/^(describe| {2}test)\(['"`](.*)['"`], /gm)].flatMap(
      ([, kind, name = '']) => {
        if (kind !== 'describe') return [`${about}: ${name}`]
        about = name
        return []
      },
    )
    expect(rules.length).toBeGreaterThan(15)
    expect(rules.filter(rule => !tests.some(test => test.startsWith(rule)))).toEqual([])
  })
  test('CHANGELOG.md keeps to its form, and begins with what is not released', () => {
    const heads = [...read('CHANGELOG.md').matchAll(/^## (.*)$/gm)].map(([, head = '']) => head)
    const kinds = [...read('CHANGELOG.md').matchAll(/^### (.*)$/gm)].map(([, kind = '']) => kind)
    const known = ['Added', 'Changed', 'Deprecated', 'Removed', 'Fixed', 'Security']
    expect(heads[0]).toBe('[Unreleased]')
    expect(heads.slice(1).filter(head => !/^\[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d$/.test(head))).toEqual([])
    expect(kinds.filter(kind => !known.includes(kind))).toEqual([])
  })
})

describe('tests', () => {
  test('that vitest.config.ts names are there: the longest begin first, some have a process of their own', () => {
    const named = [...read('vitest.config.ts').matchAll(/'(test\/[\w/.-]+\.test\.ts)'/g)].map(([, path = '']) => path)
    expect(named.length).toBeGreaterThan(10)
    expect(named.filter(path => !files.includes(path))).toEqual([])
  })
})

describe('commits', () => {
  /** The last one before the rule. */
  const before = 'f740fd4640cc45e7dbe4561aad5e60e028053539'
  const log = (): readonly { readonly subject: string; readonly body: string }[] => {
    try {
      const format = ['log', '--no-merges', '--format=%s%x1f%b%x1e', `${before}..HEAD`]
      const text = execFileSync('git', format, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
      return text.split('\x1e\n').flatMap(entry => {
        const [subject = '', body = ''] = entry.split('\x1f')
        return subject === '' ? [] : [{ subject, body }]
      })
    } catch {
      console.log('The history does not reach back to where the rule for commits begins: none is looked at.')
      return []
    }
  }
  test('have a subject of at most 72 characters and a body that says why', () => {
    const commits = log()
    expect(commits.filter(({ subject }) => subject.length > 72).map(({ subject }) => subject)).toEqual([])
    expect(commits.filter(({ body }) => body.trim() === '').map(({ subject }) => subject)).toEqual([])
  })
})
