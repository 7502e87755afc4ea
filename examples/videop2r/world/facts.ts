import type { Colour, Direction, Letter, Scene, Shape } from './scene.ts'
import { colours, directions, letters, shapes, wordOf } from './scene.ts'

/** One thing seen in a clip, as an observation states it. */
export type Fact =
  | {
      readonly kind: 'moves'
      readonly colour: Colour
      readonly shape: Shape
      readonly direction: Direction
      readonly from: number
      readonly to: number
    }
  | { readonly kind: 'appears'; readonly colour: Colour; readonly shape: Shape; readonly at: number }
  | { readonly kind: 'number'; readonly digit: number }
  | { readonly kind: 'letter'; readonly letter: Letter }

/** What a fact is about: two facts with the same subject must agree. */
export const subject = (fact: Fact): string =>
  fact.kind === 'moves' || fact.kind === 'appears' ? `${fact.kind} ${fact.colour}` : fact.kind

/** The sentence of an observation; a vague one names the subject and keeps the decisive part to itself. */
export const say = (fact: Fact, vague: boolean): string => {
  switch (fact.kind) {
    case 'moves':
      return `${fact.colour} ${fact.shape} moves ${vague ? '' : `${fact.direction} from ${fact.from} to ${fact.to} `}.`
    case 'appears':
      return `${fact.colour} ${fact.shape} appears ${vague ? '' : `at ${fact.at} `}.`
    case 'number':
      return `number shows ${vague ? '' : `${fact.digit} `}.`
    case 'letter':
      return `letter shows ${vague ? '' : `${fact.letter} `}.`
  }
}

const moves = new RegExp(
  `^(${colours.join('|')}) (${shapes.join('|')}) moves (${directions.join('|')}) from ([1-4]) to ([1-4])$`,
)
const appears = new RegExp(`^(${colours.join('|')}) (${shapes.join('|')}) appears at ([1-3])$`)
const number = /^number shows ([1-9])$/
const letter = new RegExp(`^letter shows (${letters.join('|')})$`)

/** A motion that can be: more than 0 cells, along its own direction, on the grid. */
const possible = (direction: Direction, from: number, to: number): boolean => {
  const forward = direction === 'right' || direction === 'down'
  const vertical = direction === 'up' || direction === 'down'
  return (forward ? to > from : to < from) && (!vertical || Math.max(from, to) <= 3)
}

/**
 * Reads one sentence without its full stop. Undefined when it states no fact, or one that contradicts itself. The
 * patterns let only words of the lists through.
 */
const readSentence = (sentence: string): Fact | undefined => {
  const m = moves.exec(sentence)
  if (m) {
    const [colour, shape, direction] = [wordOf(colours, m[1])!, wordOf(shapes, m[2])!, wordOf(directions, m[3])!]
    const [from, to] = [Number(m[4]), Number(m[5])]
    return possible(direction, from, to) ? { kind: 'moves', colour, shape, direction, from, to } : undefined
  }
  const a = appears.exec(sentence)
  if (a) return { kind: 'appears', colour: wordOf(colours, a[1])!, shape: wordOf(shapes, a[2])!, at: Number(a[3]) }
  const n = number.exec(sentence)
  if (n) return { kind: 'number', digit: Number(n[1]) }
  const l = letter.exec(sentence)
  return l ? { kind: 'letter', letter: wordOf(letters, l[1])! } : undefined
}

/** Facts by subject. */
export type Facts = ReadonlyMap<string, Fact>

/**
 * Reads an observation: "notice", then sentences that end in " .". Sentences that state nothing are passed over;
 * a subject of which two different things are said is ambiguous and left out.
 */
export const readFacts = (observation: string): Facts => {
  const words = observation
    .trim()
    .replace(/\s+/g, ' ')
    .replace(/^notice /, '')
  const read = words
    .split(/ ?\.(?: |$)/)
    .map(readSentence)
    .filter(fact => fact !== undefined)
  const facts = new Map<string, Fact>()
  const ambiguous = new Set<string>()
  for (const fact of read) {
    const before = facts.get(subject(fact))
    if (before !== undefined && say(before, false) !== say(fact, false)) ambiguous.add(subject(fact))
    facts.set(subject(fact), fact)
  }
  for (const about of ambiguous) facts.delete(about)
  return facts
}

/** All facts of a scene. */
export const factsOf = (scene: Scene): Facts => {
  const all: readonly Fact[] = [
    ...scene.objects.flatMap(({ colour, shape, direction, from, to, appears: at }): readonly Fact[] => [
      { kind: 'moves', colour, shape, direction, from, to },
      { kind: 'appears', colour, shape, at },
    ]),
    { kind: 'number', digit: scene.digit },
    { kind: 'letter', letter: scene.letter },
  ]
  return new Map(all.map(fact => [subject(fact), fact]))
}
