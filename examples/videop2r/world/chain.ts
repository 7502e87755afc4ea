import type { Fact } from './facts.ts'
import { say } from './facts.ts'

/** The three texts of a chain, without tags. */
export interface Chain {
  readonly observation: string
  readonly think: string
  readonly answer: string
}

/** "notice" and one sentence a fact; `vague` says which ones keep the decisive part to themselves. */
export const observe = (facts: readonly Fact[], vague: readonly boolean[]): string =>
  ['notice', ...facts.map((fact, i) => say(fact, vague[i] ?? false))].join(' ')

/** Worked steps (none in a shortcut), then the conclusion. */
export const conclude = (steps: readonly string[], answer: string): string =>
  [...steps, `so it is ${answer} .`].join(' ')

/** The output as the template has it, single spaces between all words and tags. */
export const sayChain = ({ observation, think, answer }: Chain): string =>
  `<observation> ${observation} </observation> <think> ${think} </think> <answer> ${answer} </answer>`

/** What a think text concludes: the text of its last "so it is … ." Undefined when it concludes nothing. */
export const conclusion = (think: string): string | undefined => {
  const found = [
    ...think
      .trim()
      .replace(/\s+/g, ' ')
      .matchAll(/(?:^| )so it is ([^.]*?) \.(?= |$)/g),
  ]
  return found.at(-1)?.[1]
}
