import { either as E } from 'fp-ts'
import { type Override, readConfigText, readOverride } from 'kinograd/recipe'
import { describe, expect, test } from 'vitest'
import { spent } from '../../spent.ts'

const override = (text: string): Override => {
  const read = readOverride(text)
  if (E.isLeft(read)) throw new Error(read.left.cause)
  return read.right
}

/** What is said of a text, line by line; `right` where it is a configuration. */
const said = (text: string, ...sets: readonly string[]): readonly string[] => {
  const read = readConfigText('run.yaml', text, sets.map(override))
  return E.isLeft(read) ? read.left : ['right']
}

const everyKind = `seed: -1
name: ""
record: questions.jsonl
records: { file: questions.jsonl, take: 0, format: video-R1 }
media:
  frames: many
  pixels: { video: { min: 100 } }
policy:
  checkpoint: ./checkpoint
  tiny: true
  adapter: { rank: 8.5, target: [q_proj] }
teacher: 3
template: videop2r
backend: cuda
tolerate: 7
sft:
  rate: fast
rl:
  updates: -3
  updates: 4
  rewards:
    perception: judge
    reasoning: { accuracy: { modul: ./own.js }, length: [5, 2] }
  normaliser: { preset: paGRPO }
  loss:
evaluation: yes
annotation: { inFlight: 1000, tags: [answer] }
`

describe('a configuration with every kind of mistake', () => {
  test('has all of them told at once, each with file, line, setting, value and a way out', () => {
    expect(said(everyKind)).toEqual([
      'run.yaml:1: seed: is -1, and must be a whole number from 0',
      'run.yaml:2: name: is "", and must be a name',
      'run.yaml:3: record: is no setting here. Did you mean records?',
      'run.yaml:4: records.file: is no setting here. Did you mean files?',
      'run.yaml:4: records.take: is 0, and must be a whole number from 1',
      'run.yaml:4: records.format: is "video-R1". Did you mean video-r1?',
      'run.yaml:4: records.files: is missing: give a file of records, or a list of files',
      'run.yaml:6: media.frames: is "many", and must be a whole number from 1 to 768, or settings (uniform, fps, adaptive, min, max)',
      'run.yaml:7: media.pixels.video.max: is missing: give a whole number from 1',
      'run.yaml:11: policy.adapter.rank: is 8.5, and must be a whole number from 1 to 1024',
      'run.yaml:11: policy.adapter.target: is no setting here. Did you mean targets?',
      'run.yaml:12: teacher: is 3, and must be scripted, scripted:FILE, claude:MODEL or openai:BASE_URL#MODEL',
      'run.yaml:13: template: is "videop2r". Did you mean videoP2R?',
      'run.yaml:14: backend: is "cuda". There is: native, wasm, cpu.',
      'run.yaml:15: tolerate: is 7, and must be a share from 0 to 1, or percent such as 5%',
      'run.yaml:16: sft.steps: is missing: give a whole number from 1',
      'run.yaml:17: sft.rate: is "fast", and must be a number above 0',
      'run.yaml:20: rl.updates: stands twice, first in line 19: leave one of them away',
      'run.yaml:22: rl.rewards.perception: is "judge". There is: sufficiency, answer, none.',
      'run.yaml:23: rl.rewards.reasoning.accuracy.modul: is no setting here. Did you mean module?',
      'run.yaml:23: rl.rewards.reasoning.accuracy.module: is missing: give a file of JavaScript such as ./own.js',
      'run.yaml:23: rl.rewards.reasoning.length: is [5,2], and must be two whole numbers of tokens such as [128, 320], the smaller first, or settings (range, bonus)',
      'run.yaml:24: rl.normaliser.preset: is "paGRPO". Did you mean paGrpo?',
      'run.yaml:25: rl.loss: is empty, and must be settings (type, level, beta, epsilonLow, epsilonHigh, delta, maxCompletionLength, klBound, klRatio)',
      'run.yaml:26: evaluation: is "yes", and must be settings (records, of, maxTokens, temperature, topP, topK, minP, repetitionPenalty, again, atOnce, policiesAtOnce)',
      'run.yaml:27: annotation.inFlight: is 1000, and must be a whole number from 1 to 256',
      'run.yaml:27: annotation.tags: is ["answer"], and must be settings (answer, observation, think)',
    ])
  })
  test('that names two policies, or none, is told which', () => {
    expect(said('policy:\n  checkpoint: a\n  tiny: true\n')).toEqual([
      'run.yaml:3: policy.tiny: stands beside checkpoint, and only one of checkpoint, tiny, engine may be given',
    ])
    expect(said('policy: {}\n')).toEqual([
      'run.yaml:1: policy: has none of checkpoint, tiny, engine: give one, such as checkpoint: ./Qwen2.5-VL-3B-Instruct',
    ])
  })
  test('has field maps with fields that no record has', () => {
    expect(said('records: { files: q.csv, fields: { question: q, options: 3 } }\n')).toEqual([
      'run.yaml:1: records.fields.question: is no field of a record. There is: id, problem, problemType, dataType, options, answer, path, source, kind, start, end, fps, observation, process, output, reward, annotator.',
      'run.yaml:1: records.fields.options: is 3, and must be a name in the files, a list of names, { value: … } or { from: … }',
    ])
  })
})

describe('what the command line sets', () => {
  test('is checked as the file is, and named where it is wrong', () => {
    expect(
      said('rl: { updates: 3 }\n', 'rl.completions=1', 'policy.adapter.rank=x', 'speed=9', 'rl.updates=20'),
    ).toEqual([
      '--set rl.completions=1: rl.completions: is 1, and must be a whole number from 2',
      '--set policy.adapter.rank=x: policy.adapter.rank: is "x", and must be a whole number from 1 to 1024',
      '--set speed=9: speed: is no setting here. Did you mean seed?',
    ])
  })
  test('takes the place of what stands in the file, lists, maps and shares included', () => {
    const text = 'seed: 1\ntolerate: 5%\nrl: { updates: 3 }\nevaluation: { of: [base] }\n'
    const sets = [
      'rl.updates=20',
      'tolerate=7%',
      'evaluation.of=[base, sft]',
      'rl.loss={ beta: 0 }',
      'evaluation.of.0=rl',
    ]
    const read = readConfigText('run.yaml', text, sets.map(override))
    expect(E.map(({ settings }: { settings: object }) => settings)(read)).toEqual(
      E.right({
        seed: 1,
        tolerate: 0.07,
        rl: { updates: 20, loss: { beta: 0 } },
        evaluation: { of: ['rl', 'sft'] },
      }),
    )
  })
  test('does not go into a setting that is one value', () => {
    expect(said('records: q.jsonl\n', 'records.take=3')).toEqual([
      "--set records.take=3: records.take: records has no settings of its own: give all of it, as --set 'records={ take: … }'",
    ])
  })
  test.each([
    ['x', '--set x does not name a setting and its value'],
    ['=3', '--set =3 does not name a setting and its value'],
    ['a..b=3', '--set a..b=3 does not name a setting and its value'],
    ['a={', '--set a={: the value is no YAML: '],
    [`a=${'['.repeat(2000)}`, 'the value is no YAML: it is too long or nested too deeply'],
  ])('%#: is refused where it is none', (text, why) => {
    const read = readOverride(text)
    expect(E.isLeft(read) && read.left.cause).toContain(why)
  })
})

describe('a text that is no configuration', () => {
  test.each([
    ['', ['run.yaml:1: is empty: npx kinograd init DIR writes a configuration to begin with']],
    ['- a\n', ['run.yaml:1: is ["a"], and must be settings (']],
    ['seed: 1\n  name: x\n', ['run.yaml:1: is no YAML: Nested mappings are not allowed in compact mappings']],
    ['seed: [1\nname: b', ['run.yaml:2: is no YAML: Flow sequence in block collection must be sufficiently indented']],
    ['seed: !!js/function x\n', ['run.yaml:1: is no YAML: Unresolved tag: tag:yaml.org,2002:js/function']],
    ['seed: 1\n---\nseed: 2\n', ['run.yaml:2: is no YAML: ']],
    ['seed: *there\n', ['run.yaml:1: has an alias that cannot be followed: Unresolved alias']],
    ['seed: &x [*x]\n', ['run.yaml:1: has an alias that stands inside what it names: write the setting out']],
    ['['.repeat(100_000), ['run.yaml:1: is nested deeper than 24 levels']],
    ['- '.repeat(60_000), ['run.yaml:1: is nested deeper than 24 levels']],
    [`#${'x'.repeat(200_000)}`, ['run.yaml:1: has 200001 characters, and a configuration has at most 131072']],
    ['__proto__: { seed: 1 }\n', ['run.yaml:1: __proto__: is no setting here.']],
  ])('%#: is refused in a line', (text, [first = '']) => {
    const [line = '', ...others] = said(text)
    expect(line.slice(0, first.length)).toBe(first)
    expect(others.length).toBeLessThan(4)
  })
  test('that grows by its aliases is refused before it has grown', () => {
    const rows = Array.from(
      { length: 12 },
      (_, i) =>
        `a${i}: &a${i} [${Array(9)
          .fill(i === 0 ? '1' : `*a${i - 1}`)
          .join(', ')}]`,
    )
    const took = spent(() =>
      expect(said(rows.join('\n'))).toEqual(['run.yaml:2: follows more than 100 aliases: write the settings out']),
    )
    expect(took).toBeLessThan(2)
  })
  test('aliases and merged maps that stand for little are followed', () => {
    expect(said('seed: &n 3\nrl: { updates: *n }\n')).toEqual(['right'])
    expect(said('rl: &r { updates: 3, loss: { beta: -1 } }\nsft: { steps: 1, <<: { batch: 2 } }\n')).toEqual([
      'run.yaml:1: rl.loss.beta: is -1, and must be a number from 0',
    ])
  })
})
