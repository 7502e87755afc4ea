import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { either as E } from 'fp-ts'
import { loadTokenizer, type Tokenizer, tokenizerOf } from 'kinograd/engine'
import { asyncAdvantageLaws, brokenAsyncLaws, subprocessNormaliser } from 'kinograd/laws'
import { neutralText, parse, parseJudgement, videoP2R } from 'kinograd/process'
import { renderChat } from '../../src/engine/text/chat-template.ts'
import { brackets, type Hostile, hole, outcomeOf, put } from './case.ts'

const json = async (folder: string, name: string) =>
  JSON.parse(await readFile(join(folder, 'checkpoint', name), 'utf8')) as Record<string, unknown>
const made = async (folder: string, change: object) =>
  tokenizerOf({
    tokenizer: { ...(await json(folder, 'tokenizer.json')), ...change },
    config: await json(folder, 'tokenizer_config.json'),
  })

/** A tokenizer that splits texts by this pattern, and a text that it should split. */
const split = (name: string, Regex: string, text: string): Hostile => ({
  name: `tokenizer.json: ${name}`,
  tag: 'BadTokenizer',
  run: async folder => {
    const pre_tokenizer = { type: 'Split', pattern: { Regex }, behavior: 'Isolated', invert: false }
    return outcomeOf(E.flatMap((tokenizer: Tokenizer) => tokenizer.encode(text))(await made(folder, { pre_tokenizer })))
  },
})
const file = (name: string, content: string): Hostile => ({
  name: `tokenizer.json: ${name}`,
  tag: 'BadTokenizer',
  run: async folder => {
    await put(folder, 'tokenizer.json', content)
    await put(folder, 'tokenizer_config.json', '{}')
    return outcomeOf(await loadTokenizer(folder)())
  },
})

const template = (name: string, source: string): Hostile => ({
  name: `chat template: ${name}`,
  tag: 'BadTokenizer',
  run: async () => outcomeOf(renderChat(source, [{ role: 'user', content: 'How many?' }], true)),
})
const doubled = (times: number) => '{% set x = x + x %}'.repeat(times)

const completion = (name: string, text: string): Hostile => ({
  name: `completion: ${name}`,
  run: async () => {
    const parsed = parse(videoP2R, text)
    const judged = parseJudgement(text)
    neutralText(text)
    return { faults: E.isLeft(parsed) && E.isLeft(judged) ? [] : [{ _tag: 'Taken', cause: '', remedy: '' }] }
  },
})

export const tokenizers: readonly Hostile[] = [
  split('a pattern that never ends', '(a+)+$', `${'a'.repeat(50)}!`),
  split('a pattern that goes back over itself', String.raw`(?:\s*\w*)*;`, 'word '.repeat(1000)),
  split('a pattern that is none', '(('.repeat(1e5), 'a'),
  file('200,000 open brackets', brackets),
  file('200,000 objects', '{"model":'.repeat(2e5)),
  file('numbers for tokens', JSON.stringify({ model: { type: 'BPE', vocab: 7, merges: 'x' }, added_tokens: 'x' })),
  {
    name: 'tokenizer.json: of a gigabyte',
    tag: 'BadTokenizer',
    run: async folder => {
      await hole(folder, 'tokenizer.json', 1e9)
      return outcomeOf(await loadTokenizer(folder)())
    },
  },
  {
    name: 'tokenizer.json: an added token that is empty',
    tag: 'BadTokenizer',
    run: async folder =>
      outcomeOf(
        E.flatMap((tokenizer: Tokenizer) => tokenizer.encode('a'.repeat(1000)))(
          await made(folder, { added_tokens: [{ id: 0, content: '', special: true }] }),
        ),
      ),
  },
]

export const templates: readonly Hostile[] = [
  template('a range of 10^9', '{% for i in range(1000000000) %}x{% endfor %}'),
  template(
    'one slow step after the other',
    '{% set l = range(9999)|list %}{% for i in l %}{% set x = l|sort(reverse=true) %}{% endfor %}',
  ),
  template('a range of 10^9 that is only named', '{% set x = range(1000000000) %}'),
  template(
    'three loops in one another',
    '{% for i in range(9999) %}{% for j in range(9999) %}{% for k in range(9999) %}{% endfor %}{% endfor %}{% endfor %}',
  ),
  template('a macro that calls itself', '{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}'),
  template('a text that doubles', `{% set x = 'xxxxxxxx' %}${doubled(60)}{{ x }}`),
  template('a list that doubles', `{% set x = ['x'] %}${doubled(60)}{{ x | length }}`),
  template('a list in itself, twice', `{% set x = ['x'] %}${'{% set x = [x, x] %}'.repeat(60)}{{ x | tojson }}`),
  template('a text that replaces itself', `{% set x = 'xx' %}${doubled(10)}{{ x.replace('x', x).replace('x', x) }}`),
  template(
    'a replacement under another name',
    `{% set x = 'xx' %}${doubled(10)}{% set f = x.replace %}{{ f('x', x) }}`,
  ),
  template('a replacement that is computed', `{% set x = 'xx' %}${doubled(10)}{{ x['re' + 'place']('x', x) }}`),
  template('a filter that joins with itself', `{% set x = 'xx' %}${doubled(15)}{{ x | join(x) }}`),
  template('an indent of 10^8', "{{ 'a\\nb' | indent(100000000, true) }}"),
  template('JSON with an indent of 10^8', '{{ [1, [2]] | tojson(indent=100000000) }}'),
  template('100,000 brackets', `{{ ${'('.repeat(1e5)} }}`),
  template('100,000 blocks in one another', '{% if true %}'.repeat(15_000)),
  template('200,000 spaces before a mark', ' '.repeat(190_000)),
  template('a megabyte of source', '{# x #}'.repeat(2e5)),
]

export const completions: readonly Hostile[] = [
  completion('200,000 brackets', brackets),
  completion('100,000 tags that open', '<observation>'.repeat(1e5)),
  completion('100,000 tags that close', '</answer>'.repeat(1e5)),
  completion('100,000 angles', '<'.repeat(1e6)),
  completion('100,000 verdicts', '<judgement>Yes</judgement> or '.repeat(1e5)),
  completion('a megabyte of spaces', `${' '.repeat(1e6)}x`),
  completion('escapes of a terminal', '\u001b[2J\u202e\u0085'.repeat(1e5)),
  {
    name: "a program's answer: 200,000 brackets",
    run: async () => {
      const program = "process.stdin.on('data', () => console.log('['.repeat(200000)))"
      const normaliser = subprocessNormaliser<'reward'>([process.execPath, '-e', program])
      const broken = await brokenAsyncLaws(asyncAdvantageLaws(normaliser, { family: 'grpo' }, ['reward']), {
        seed: 1,
        numRuns: 1,
      })
      normaliser.close()
      const reasons = broken.map(({ reason }) => reason)
      return {
        faults:
          reasons.every(reason => reason.length < 300) && reasons.length > 0
            ? []
            : [{ _tag: 'Taken', cause: '', remedy: '' }],
      }
    },
  },
]
