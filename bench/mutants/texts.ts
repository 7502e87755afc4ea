import fc from 'fast-check'
import { either as E } from 'fp-ts'
import type { Reward } from 'kinograd/advantage'
import { rawRewards } from 'kinograd/advantage'
import {
  type Assigner,
  assignmentLaws,
  type Intake,
  intakeLaws,
  rewardLaws,
  type Spreader,
  type TemplateSubject,
  templateLaws,
  tokenLaws,
} from 'kinograd/laws'
import { assignTokens, parse, print, videoP2R } from 'kinograd/process'
import { faultsOf } from './faulty.ts'
import type { Two } from './normaliser-parts.ts'

type Score = (answer: string, truth: string) => E.Either<unknown, number>
const scoring =
  (f: (answer: string, truth: string) => number): Score =>
  (answer, truth) =>
    E.right(f(answer, truth))
const letters = fc.constantFrom('A', 'B', 'C', 'D')
const numbers = fc.integer({ min: -999, max: 9999 }).map(String)
const bit = (holds: boolean): number => (holds ? 1 : 0)
const seen = new Map<string, number>()

export const wrongRewards = [
  ...faultsOf<Score>('reward', reward => rewardLaws(reward, { truths: letters }), [
    ['always 1', 'another truth is wrong', scoring(() => 1)],
    ['always 0', 'the truth is right', scoring(() => 0)],
    ['1 for any letter', 'another truth is wrong', scoring(a => bit(/^\s*[A-D]\s*$/.test(a)))],
    ['the truth found anywhere', 'an answer commits itself', scoring((a, t) => bit(a.includes(t)))],
    ['the truth found at the end', 'an answer commits itself', scoring((a, t) => bit(a.trim().endsWith(t)))],
    ['the truth found at the beginning', 'an answer commits itself', scoring((a, t) => bit(a.trim().startsWith(t)))],
    ['the first letter found', 'an answer commits itself', scoring((a, t) => bit(/[A-D]/.exec(a)?.[0] === t))],
    [
      'the last letter found',
      'an answer commits itself',
      scoring((a, t) => bit([...a].findLast(c => /[A-D]/.test(c)) === t)),
    ],
    ['an answer that is part of the truth', 'no answer is wrong', scoring((a, t) => bit(t.includes(a.trim())))],
    [
      'A and B are one',
      'another truth is wrong',
      scoring((a, t) => bit(a.trim().replace('B', 'A') === t.replace('B', 'A'))),
    ],
    ['an empty answer is right', 'no answer is wrong', scoring((a, t) => bit(a.trim() === t || a.trim() === ''))],
    [
      'remembered by the answer',
      'no memory',
      scoring((a, t) => {
        const now = seen.get(a.trim()) ?? bit(a.trim() === t)
        seen.set(a.trim(), now)
        return seen.size % 7 === 3 ? 1 - now : now
      }),
    ],
    ['a point for a long answer', 'in range', scoring((a, t) => bit(a.trim() === t) + bit(a.length > 9) * 0.5 * 3)],
    ['white space is not taken off', 'white space around is free', scoring((a, t) => bit(a === t))],
    [
      'a carriage return is not taken off',
      'white space around is free',
      scoring((a, t) => bit(a.replace(/^[ \t\n]+|[ \t\n]+$/g, '') === t)),
    ],
    [
      'a fault for what cannot be read',
      'in range',
      (a, t) => (/^\s*[A-D]\s*$/.test(a) ? E.right(bit(a.trim() === t)) : E.left('unreadable')),
    ],
  ]),
  ...faultsOf<Score>('reward for numbers', reward => rewardLaws(reward, { truths: numbers }), [
    [
      'the first number found',
      'an answer commits itself',
      scoring((a, t) => bit(Number(/-?\d+/.exec(a)?.[0] ?? Number.NaN) === Number(t))),
    ],
    [
      'the last number found',
      'an answer commits itself',
      scoring((a, t) => bit(Number(a.match(/-?\d+/g)?.at(-1) ?? Number.NaN) === Number(t))),
    ],
    [
      'the sign is lost',
      'another truth is wrong',
      scoring((a, t) => bit(/^\s*-?\d+\s*$/.test(a) && Math.abs(Number(a)) === Math.abs(Number(t)))),
    ],
    [
      'the last digit is lost',
      'another truth is wrong',
      scoring((a, t) => bit(/^\s*-?\d+\s*$/.test(a) && Math.trunc(Number(a) / 10) === Math.trunc(Number(t) / 10))),
    ],
    ['empty is 0', 'no answer is wrong', scoring((a, t) => bit(Number(a) === Number(t)))],
    ['NaN for what is no number', 'in range', scoring((a, t) => 1 - Math.min(1, Math.abs(Number(a) - Number(t))))],
    [
      'any number up to 100 more',
      'another truth is wrong',
      scoring((a, t) => bit(/^\s*-?\d+\s*$/.test(a) && Math.abs(Number(a) - Number(t)) <= 100)),
    ],
    ['parseInt', 'an answer commits itself', scoring((a, t) => bit(Number.parseInt(a, 10) === Number(t)))],
  ]),
]

const rewarded =
  (f: (r: Reward, i: number, all: readonly Reward[], process: Two) => Reward): Intake =>
  (group, { perception, reasoning }) =>
    rawRewards(group, {
      perception: perception.map((r, i, all) => f(r, i, all, 'perception')),
      reasoning: reasoning.map((r, i, all) => f(r, i, all, 'reasoning')),
    })
const unchecked: Intake = (group, rewards) => E.right({ _tag: 'Raw', group, size: rewards.perception.length, rewards })
const bad = (r: Reward): boolean => r !== null && !Number.isFinite(r)

export const wrongIntakes = faultsOf<Intake>('intake', intakeLaws, [
  [
    'only the first process is looked at',
    'NaN and infinity are rejected',
    (group, rewards) => {
      const first = rawRewards(group, { perception: rewards.perception })
      return E.isLeft(first) ? first : unchecked(group, rewards)
    },
  ],
  [
    'only the first reward is looked at',
    'NaN and infinity are rejected',
    (group, rewards) =>
      bad(rewards.perception[0] ?? null) || bad(rewards.reasoning[0] ?? null)
        ? E.left({ cause: `${group} perception reasoning` })
        : rawRewards(group, rewards) && unchecked(group, rewards),
  ],
  [
    'infinity passes',
    'NaN and infinity are rejected',
    rewarded(r => (r === Number.POSITIVE_INFINITY || r === Number.NEGATIVE_INFINITY ? 1e308 : r)),
  ],
  ['minus infinity passes', 'NaN and infinity are rejected', rewarded(r => (r === Number.NEGATIVE_INFINITY ? 0 : r))],
  ['undefined becomes unscored', 'NaN and infinity are rejected', rewarded(r => r ?? null)],
  ['text becomes a number', 'NaN and infinity are rejected', rewarded(r => (r === null ? null : Number(r)))],
  ['rounded to float32', 'good rewards pass unchanged', rewarded(r => (r === null ? null : Math.fround(r)))],
  [
    'clipped to 1e6',
    'good rewards pass unchanged',
    rewarded(r => (r !== null && Math.abs(r) > 1e6 && Number.isFinite(r) ? Math.sign(r) * 1e6 : r)),
  ],
  [
    'sorted',
    'good rewards pass unchanged',
    (group, { perception, reasoning }) =>
      rawRewards(group, { perception: perception.toSorted((a, b) => (a ?? 0) - (b ?? 0)), reasoning }),
  ],
  [
    'processes swapped',
    'good rewards pass unchanged',
    (group, { perception, reasoning }) => rawRewards(group, { perception: reasoning, reasoning: perception }),
  ],
  [
    'cut to the shortest',
    'processes have one reward a rollout each',
    (group, { perception, reasoning }) => {
      const n = Math.min(perception.length, reasoning.length)
      return rawRewards(group, { perception: perception.slice(0, n), reasoning: reasoning.slice(0, n) })
    },
  ],
  [
    'more rewards for the second pass',
    'processes have one reward a rollout each',
    (group, { perception, reasoning }) =>
      rawRewards(group, { perception, reasoning: reasoning.slice(0, perception.length) }),
  ],
  ['the group forgets its name', 'good rewards pass unchanged', (_, rewards) => rawRewards('group', rewards)],
])

const rows =
  (f: (row: Float64Array, b: number, all: readonly Float64Array[]) => Float64Array): Spreader =>
  (normalised, owners) =>
    E.map((made: readonly Float64Array[]) => made.map(f))(plainSpread(normalised, owners))

/** The right one, by a loop. */
const plainSpread: Spreader = ({ advantages, outside, size }, owners) => {
  if (owners.length !== size) return E.left('size')
  if (owners.some(own => own.some(k => k !== null && !Object.hasOwn(advantages, k)))) return E.left('unknown')
  return E.right(
    owners.map((own, b) => Float64Array.from(own, k => (k === null ? outside : advantages[k])[b] ?? Number.NaN)),
  )
}
const tape = new Float64Array(10_000)

export const wrongSpreaders = faultsOf<Spreader>('tokens', tokenLaws, [
  [
    'runs of 16 and more end one token early',
    'every token carries exactly the advantage of its process',
    (normalised, owners) =>
      E.map((made: readonly Float64Array[]) =>
        made.map((row, b) =>
          row.map((a, t) => {
            const own = owners[b]!
            const long = t >= 15 && own.slice(t - 15, t + 1).every(k => k === own[t]) && own[t + 1] !== own[t]
            return long ? 0 : a
          }),
        ),
      )(plainSpread(normalised, owners)),
  ],
  [
    'nothing beyond 512 tokens',
    'every token carries exactly the advantage of its process',
    rows(row => row.map((a, t) => (t < 512 ? a : 0))),
  ],
  [
    'frozen owners are all one run',
    'every token carries exactly the advantage of its process',
    (normalised, owners) =>
      plainSpread(
        normalised,
        owners.map(own => (Object.isFrozen(own) ? own.map(() => own[0] ?? null) : own)),
      ),
  ],
  [
    'tokens outside get 0',
    'every token carries exactly the advantage of its process',
    (normalised, owners) => plainSpread({ ...normalised, outside: new Float64Array(normalised.size) }, owners),
  ],
  [
    'processes swapped',
    'every token carries exactly the advantage of its process',
    (normalised, owners) =>
      plainSpread(
        {
          ...normalised,
          advantages: { perception: normalised.advantages.reasoning, reasoning: normalised.advantages.perception },
        },
        owners,
      ),
  ],
  [
    'the first rollout for all',
    'every token carries exactly the advantage of its process',
    ({ advantages, outside, ...rest }, owners) =>
      plainSpread(
        {
          ...rest,
          advantages: {
            perception: advantages.perception.map(() => advantages.perception[0] ?? 0),
            reasoning: advantages.reasoning,
          },
          outside,
        },
        owners,
      ),
  ],
  [
    'minus zero becomes zero',
    'every token carries exactly the advantage of its process',
    rows(row => row.map(a => (a === 0 ? 1e-300 : a))),
  ],
  [
    'only the first token of a process',
    'every token carries exactly the advantage of its process',
    (normalised, owners) =>
      plainSpread(
        normalised,
        owners.map(own => own.map((k, t) => (t > 0 && own[t - 1] === k ? null : k))),
      ),
  ],
  [
    'one buffer for all calls',
    'what was given stays',
    (normalised, owners) =>
      E.map((made: readonly Float64Array[]) => {
        let at = 0
        return made.map(row => {
          tape.set(row, at)
          at += row.length
          return tape.subarray(at - row.length, at)
        })
      })(plainSpread(normalised, owners)),
  ],
  [
    'advantages divided in place',
    'what was given stays',
    (normalised, owners) => {
      const made = plainSpread(normalised, owners)
      normalised.advantages.perception.forEach((a, i, all) => {
        all[i] = a / 2 + 1
      })
      return made
    },
  ],
  [
    'missing completions have no tokens',
    'as many completions as advantages',
    (normalised, owners) =>
      plainSpread(
        normalised,
        owners.length < normalised.size
          ? [...owners, ...Array.from({ length: normalised.size - owners.length }, () => [])]
          : owners,
      ),
  ],
  [
    'more completions are cut off',
    'as many completions as advantages',
    (normalised, owners) => plainSpread(normalised, owners.slice(0, normalised.size)),
  ],
  [
    'what every object has is a process',
    'an unknown process is rejected',
    (normalised, owners) =>
      plainSpread(
        normalised,
        owners.map(own =>
          own.map(k =>
            k !== null && k in normalised.advantages && !Object.hasOwn(normalised.advantages, k) ? null : k,
          ),
        ),
      ),
  ],
  [
    'an unknown process at the end is left out',
    'an unknown process is rejected',
    (normalised, owners) =>
      plainSpread(
        normalised,
        owners.map(own =>
          own.at(-1) !== null && own.length > 0 && !Object.hasOwn(normalised.advantages, own.at(-1) ?? '')
            ? own.slice(0, -1)
            : own,
        ),
      ),
  ],
])

type Tag = 'observation' | 'think' | 'answer'
type Texts = Readonly<Record<Tag, string>>
const writer = (texts: Texts) => print(videoP2R, texts)
const reader = (read: TemplateSubject<Tag>['parse']): TemplateSubject<Tag> => ({ parse: read, print: writer })
const before = (change: (text: string) => string): TemplateSubject<Tag> => reader(text => parse(videoP2R, change(text)))
const mapped = (f: (texts: Texts) => Texts): TemplateSubject<Tag> =>
  reader(text =>
    E.map(({ segments }: { readonly segments: Texts }) => ({ segments: f(segments) }))(parse(videoP2R, text)),
  )
const placed = (f: (position: number, text: string) => number): TemplateSubject<Tag> =>
  reader(text =>
    E.mapLeft((left: { readonly position: number; readonly cause: string }) => ({
      cause: left.cause,
      position: f(left.position, text),
    }))(parse(videoP2R, text)),
  )

export const wrongTemplates = faultsOf<TemplateSubject<Tag>>('template', subject => templateLaws(videoP2R, subject), [
  [
    'tags in capitals are read',
    'mangled outputs are rejected',
    before(text => text.replace(/<\/?[A-Z]+>/g, tag => tag.toLowerCase())),
  ],
  ['no-break spaces are white', 'what is read is an output', before(text => text.replaceAll('\u00a0', ' '))],
  [
    'text before the first tag is skipped',
    'mangled outputs are rejected',
    before(text => text.slice(Math.max(0, text.indexOf('<observation>')))),
  ],
  [
    'text after the last tag is skipped',
    'mangled outputs are rejected',
    before(text => text.replace(/(<\/answer>)[^<]*$/, '$1')),
  ],
  [
    'a second output after the first is skipped',
    'what is read is an output',
    before(text => /^[\s\S]*?<\/answer>(?=\s*<observation>)/.exec(text)?.[0] ?? text),
  ],
  [
    'an answer left open is closed',
    'mangled outputs are rejected',
    before(text => (text.includes('<answer>') && !text.includes('</answer>') ? `${text}</answer>` : text)),
  ],
  ['line ends are made one', 'what is printed reads back', before(text => text.replaceAll('\r\n', '\n'))],
  [
    'texts lose white space at the end',
    'what is printed reads back',
    mapped(texts => ({ ...texts, answer: texts.answer.trimEnd() })),
  ],
  [
    'empty texts are refused',
    'what is printed reads back',
    reader(text =>
      E.flatMap((read: { readonly segments: Texts }) =>
        read.segments.think === '' ? E.left({ position: 0, cause: 'empty' }) : E.right(read),
      )(parse(videoP2R, text)),
    ),
  ],
  [
    'think and answer swapped',
    'what is printed reads back',
    mapped(texts => ({ ...texts, think: texts.answer, answer: texts.think })),
  ],
  [
    'angle brackets are taken out',
    'what is printed reads back',
    mapped(texts => ({ ...texts, think: texts.think.replace(/<b>/g, '') })),
  ],
  ['positions at the end of the text', 'a rejection stands where the text departs', placed((_, text) => text.length)],
  ['positions thirty too few', 'a rejection has its position', placed(position => Math.max(0, position - 30))],
  [
    'positions of the reversed text',
    'a rejection has its position',
    placed((position, text) => text.length - position - 1),
  ],
  [
    'a closing tag in a text is printed',
    'a tag in a text is not printed',
    {
      parse: text => parse(videoP2R, text),
      print: texts =>
        E.orElse(() => E.right<never, string>(`<observation>${texts.observation}</observation>`))(
          print(videoP2R, { ...texts, think: texts.think.replaceAll('</think>', '') }),
        ),
    },
  ],
  [
    'the space between processes is left out, and the first space of a text with it',
    'what is printed reads back',
    {
      parse: text => parse(videoP2R, text),
      print: texts => print(videoP2R, { ...texts, observation: texts.observation.replace(/^ /, '') }),
    },
  ],
])

const right: Assigner<Two> = (pieces, options) => assignTokens(videoP2R, pieces, options)
const owned =
  (f: (owners: readonly (Two | null)[], pieces: readonly string[]) => readonly (Two | null)[]): Assigner<Two> =>
  (pieces, options) => {
    const made = right(pieces, options)
    return { ...made, owners: f(made.owners, pieces) }
  }
const first = 'a token belongs to the segment of its first character'

export const wrongAssigners = faultsOf<Assigner<Two>>('assigner', assign => assignmentLaws(videoP2R, assign), [
  [
    'empty tokens belong to the token before',
    first,
    owned((owners, pieces) => owners.map((k, i) => (pieces[i] === '' ? (owners[i - 1] ?? null) : k))),
  ],
  [
    'empty tokens belong to nobody',
    first,
    owned((owners, pieces) => owners.map((k, i) => (pieces[i] === '' ? null : k))),
  ],
  [
    'tokens longer than twelve characters belong to nobody',
    first,
    owned((owners, pieces) => owners.map((k, i) => ((pieces[i] ?? '').length > 12 ? null : k))),
  ],
  [
    'carriage returns are no white space',
    first,
    owned((owners, pieces) => owners.map((k, i) => ((pieces[i] ?? '').startsWith('\r') ? null : k))),
  ],
  [
    'long tokens belong to their middle',
    first,
    (pieces, options) => {
      const made = right(pieces, options)
      const chars = right(pieces.join('').split('')).owners
      let at = 0
      return {
        ...made,
        owners: made.owners.map((k, i) => {
          const length = (pieces[i] ?? '').length
          at += length
          return length > 10 ? (chars[at - (length >> 1)] ?? null) : k
        }),
      }
    },
  ],
  [
    'a token that holds text of both processes counts once',
    'lengths count inner text',
    (pieces, options) => {
      const made = right(pieces, options)
      const both = pieces.filter(piece => /<\/observation>\s*<think>./.test(piece) && !piece.startsWith('<')).length
      return { ...made, innerTokens: { ...made.innerTokens, reasoning: made.innerTokens.reasoning - both } }
    },
  ],
  [
    'lengths count empty tokens',
    'lengths count inner text',
    (pieces, options) => {
      const made = right(pieces, options)
      const empty = pieces.filter((piece, i) => piece === '' && made.owners[i] === 'perception').length
      return { ...made, innerTokens: { ...made.innerTokens, perception: made.innerTokens.perception + empty } }
    },
  ],
])
