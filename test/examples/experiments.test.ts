import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { selectBackend } from 'kinograd/engine/tfjs'
import { orThrow } from 'kinograd/flow'
import { textIndex } from 'kinograd/stages'
import { afterAll, describe, expect, it } from 'vitest'
import { withoutObservation } from '../../examples/experiments/agnostic-chains.ts'
import type { Place } from '../../examples/experiments/experiment.ts'
import { catalogue, codes, isTaught, numberOf } from '../../examples/experiments/knowledge/catalogue.ts'
import { chainByHeart, chainWithEntry } from '../../examples/experiments/knowledge/chains.ts'
import { experiments } from '../../examples/experiments/list.ts'
import { sizes } from '../../examples/experiments/sizes.ts'
import { difference, spread } from '../../examples/experiments/spread.ts'
import { findingsMarkdown, writeFindings } from '../../examples/experiments/write-findings.ts'
import { presets } from '../../examples/videop2r/presets.ts'
import { unknownWords } from '../../examples/videop2r/world/index.ts'

/** Experiments that train, at a size of seconds, belong to the long suite. */
const long = Number(process.env.KINOGRAD_FUZZ_RUNS ?? 100) >= 1000

let root = ''
const folder = async (): Promise<string> => {
  root ||= await mkdtemp(join(tmpdir(), 'kinograd-experiments-'))
  return root
}
afterAll(() => rm(root || 'none', { recursive: true, force: true }))

const placeIn = (cache: string): Place => ({
  preset: sizes.quick,
  backend: 'wasm',
  seeds: [3],
  cache,
  signal: new AbortController().signal,
})

describe('what is said of seeds', () => {
  it('is mean, lowest and highest', () => {
    expect(spread([0.2, 0.4, 0.3])).toBe('.300 (.200–.400)')
    expect(spread([1])).toBe('1.000')
    expect(spread([-0.5, 0])).toBe('-.250 (-.500–.000)')
    expect(spread([])).toBe('–')
  })

  it('is beyond the spread where three or more seeds agree in sign, and never for fewer', () => {
    expect(difference('a − b', [0.3, 0.4, 0.5], [0.2, 0.3, 0.1])).toMatch(/^a − b: \+\.200 .*beyond the spread/)
    expect(difference('a − b', [0.1, 0.2, 0.3], [0.2, 0.3, 0.4])).toMatch(/^a − b: −\.100 .*beyond the spread/)
    expect(difference('a − b', [0.3, 0.4, 0.1], [0.2, 0.3, 0.2])).toMatch(/within the spread/)
    expect(difference('a − b', [0.3, 0.4, 0.2], [0.2, 0.3, 0.2])).toMatch(/within the spread/)
    expect(difference('a − b', [0.3, 0.4], [0.2, 0.3])).toMatch(/2 of the three seeds/)
    expect(difference('a − b', [0.3], [])).toBe('a − b: not measured.')
  })
})

describe('experiments', () => {
  it('have a name, a question and a place in the paper each; sizes are the main job’s but for the quick one', () => {
    expect(new Set(experiments.map(({ name }) => name)).size).toBe(experiments.length)
    for (const { asks, how } of experiments) {
      expect(asks).toMatch(/arXiv 2511\.11113/)
      expect(how.length).toBeGreaterThan(80)
    }
    expect([sizes.default, sizes.full]).toEqual([presets.default, presets.full])
  })

  it('write a page with command, machine, tables and what is beyond the spread', () => {
    const table = {
      kind: 'table',
      columns: [{ title: 'policy' }, { title: 'a|b', align: 'right' }],
      rows: [{ name: 'x', cells: [{ text: '.5', bold: true }] }],
    } as const
    const page = findingsMarkdown(
      experiments[0]!,
      placeIn(''),
      { tables: [table], notes: ['x: within the spread.'] },
      { command: 'npm run experiments -- collapse --seeds 1', figures: ['collapse.svg'] },
    )
    for (const said of [
      '# Collapse of advantages',
      '| policy | a\\|b |\n| --- | ---: |\n| x | **.5** |',
      'npm run experiments -- collapse --seeds 1',
      'Preset `quick`, seeds 3, tensors wasm',
      'within the spread.',
      '![collapse](collapse.svg)',
    ])
      expect(page).toContain(said)
  })

  it.runIf(long)('collapse runs to its page; a second run trains nothing again', { timeout: 600_000 }, async () => {
    orThrow(await selectBackend({ backend: 'wasm' })())
    const cache = await folder()
    const [collapse] = experiments
    const place = placeIn(join(cache, 'cache'))
    const findings = orThrow(await collapse!.run(place)())
    const out = { folder: join(cache, 'results'), command: 'npm run experiments -- collapse' }
    const page = await readFile(orThrow(await writeFindings(collapse!, place, findings, out)()), 'utf8')
    expect(page).toMatch(/constant groups: perception \| \d/)
    expect(await readFile(join(cache, 'results', 'collapse.svg'), 'utf8')).toMatch(/^<svg[\s\S]*<title>Constant groups/)
    const started = performance.now()
    expect(orThrow(await collapse!.run(place)())).toEqual(findings)
    expect(performance.now() - started).toBeLessThan(20_000)
  })
})

describe('table2', () => {
  it('takes the observation out of a chain, and nothing else', () => {
    const rest = '<think> so it is 4 . </think> <answer> 4 </answer>'
    expect(withoutObservation(`<observation> notice number shows 4 . </observation> ${rest}`)).toBe(rest)
    expect(withoutObservation(rest)).toBe(rest)
  })
})

describe('knowledge', () => {
  const record = {
    id: '7',
    problem: 'what is the text ?',
    problemType: 'OCR',
    dataType: 'video',
    options: [],
    answer: 'K 7',
    path: 'a.mp4',
    source: '',
  } as const
  const code = { letter: 'K', digit: 7 }

  it('has an entry for every text, found by the observation of that text alone', () => {
    const index = orThrow(textIndex(catalogue(5)))
    expect(index.size).toBe(72)
    for (const { letter, digit } of codes) {
      const query = `what is the number for the text ? notice letter shows ${letter} . number shows ${digit} .`
      expect(index.find(query, 1)[0]?.id).toBe(`${letter} ${digit}`)
    }
  })

  it('teaches half of the numbers by heart, and entries of other catalogues, in words of the world', () => {
    expect(codes.filter(isTaught)).toHaveLength(36)
    const [heart] = chainByHeart(record, code, 5)
    expect(isTaught(code)).toBe(heart !== undefined)
    expect(chainByHeart(record, { letter: 'K', digit: 8 }, 5)).toHaveLength(isTaught({ letter: 'K', digit: 8 }) ? 1 : 0)
    const entry = chainWithEntry(record, code, 5)
    expect(entry.output).toContain(`<think> text K 7 is ${entry.answer} . so it is ${entry.answer} . </think>`)
    expect(
      [entry, ...(heart === undefined ? [] : [heart])].flatMap(({ output, problem }) =>
        unknownWords(`${problem} ${output}`),
      ),
    ).toEqual([])
    const others = Array.from({ length: 30 }, (_, i) => chainWithEntry({ ...record, id: `${i}` }, code, 5).answer)
    expect(new Set(others).size).toBeGreaterThan(5)
    expect(new Set(codes.map(one => numberOf(one, 5))).size).toBe(10)
  })
})
