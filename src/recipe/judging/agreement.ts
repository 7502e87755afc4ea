import { type Estimated95, wilson } from '../../evaluation/index.ts'
import type { Judgement } from './judgement.ts'
import { type Crossed, cohenKappa, fleissKappa } from './kappa.ts'

/** How one judge agrees with a person. */
export interface WithHuman {
  readonly judge: string
  /** Judgements that both gave. */
  readonly compared: number
  /** [both Yes, judge Yes and person No, judge No and person Yes, both No]. */
  readonly counts: Crossed
  /** Share on which they agree, with Wilson's interval. */
  readonly accuracy: Estimated95 | undefined
  readonly kappa: Estimated95 | undefined
  /** Labelled ones of which the judge gave no verdict. */
  readonly unread: number
}

/** How two judges agree with each other. */
export interface BetweenJudges {
  readonly judges: readonly [string, string]
  readonly compared: number
  readonly counts: Crossed
  readonly agreement: Estimated95 | undefined
  readonly kappa: Estimated95 | undefined
}

/** What a file of judgements comes to. */
export interface Agreement {
  readonly judgements: number
  /** What the person said. */
  readonly labels: { readonly yes: number; readonly no: number; readonly unsure: number }
  readonly judges: readonly string[]
  readonly withHuman: readonly WithHuman[]
  readonly between: readonly BetweenJudges[]
  /** Fleiss' κ of all judges over what all of them judged; undefined for fewer than three. */
  readonly all: { readonly compared: number; readonly kappa: Estimated95 | undefined } | undefined
}

type Said = boolean | null | undefined

/** Counts judgements as they come; holds what each judge said of each, and no text. */
export interface Agreeing {
  readonly add: (judgement: Pick<Judgement, 'verdicts' | 'human'>) => void
  readonly result: () => Agreement
}

const crossed = (pairs: Iterable<readonly [Said, Said]>): Crossed => {
  const counts: [number, number, number, number] = [0, 0, 0, 0]
  for (const [first, second] of pairs) {
    if (typeof first !== 'boolean' || typeof second !== 'boolean') continue
    counts[first ? (second ? 0 : 1) : second ? 2 : 3]++
  }
  return counts
}

const total = (counts: Crossed): number => counts.reduce((sum, count) => sum + count, 0)

const withHuman = (judge: string, said: readonly Said[], human: readonly Said[]): WithHuman => {
  const counts = crossed(human.map((label, at) => [said[at], label] as const))
  const compared = total(counts)
  const unread = human.filter((label, at) => typeof label === 'boolean' && typeof said[at] !== 'boolean').length
  const accuracy = wilson(counts[0] + counts[3], compared)
  return { judge, compared, counts, accuracy, kappa: cohenKappa(counts), unread }
}

const between = (all: ReadonlyMap<string, readonly Said[]>, length: number): readonly BetweenJudges[] => {
  const judges = [...all.keys()]
  return judges.flatMap((first, place) =>
    judges.slice(place + 1).map((second): BetweenJudges => {
      const pairs = Array.from({ length }, (_, at) => [all.get(first)?.[at], all.get(second)?.[at]] as const)
      const counts = crossed(pairs)
      const compared = total(counts)
      const agreement = wilson(counts[0] + counts[3], compared)
      return { judges: [first, second], compared, counts, agreement, kappa: cohenKappa(counts) }
    }),
  )
}

const ofAll = (all: ReadonlyMap<string, readonly Said[]>, length: number): Agreement['all'] => {
  if (all.size < 3) return undefined
  const columns = [...all.values()]
  const yes: number[] = []
  for (let at = 0; at < length; at++) {
    const said = columns.map(column => column[at])
    if (said.every(one => typeof one === 'boolean')) yes.push(said.filter(Boolean).length)
  }
  return { compared: yes.length, kappa: fleissKappa(yes, all.size) }
}

/**
 * How judges agree with a person and with each other: accuracy with Wilson's interval, Cohen's κ, and Fleiss' κ for three judges and
 * more. Judgements that one of two did not give, and labels that are unsure, are left out of that comparison.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { openAgreement } from 'kinograd/recipe'
 *
 * const agreeing = openAgreement()
 * for (const [judge, human] of [[true, true], [true, false], [false, false], [null, true]] as const)
 *   agreeing.add({ verdicts: { claude: judge }, human })
 * const [claude] = agreeing.result().withHuman
 * assert.deepEqual([claude?.compared, claude?.accuracy?.value, claude?.unread], [3, 2 / 3, 1])
 * ```
 */
export const openAgreement = (): Agreeing => {
  const said = new Map<string, Said[]>()
  const human: Said[] = []
  return {
    add: ({ verdicts, human: label }) => {
      for (const [judge, verdict] of Object.entries(verdicts)) {
        const column = said.get(judge) ?? []
        said.set(judge, column)
        column[human.length] = verdict
      }
      human.push(label)
    },
    result: () => {
      const judges = [...said.keys()]
      const count = (what: Said) => human.filter(label => label === what).length
      const labels = { yes: count(true), no: count(false), unsure: count(null) }
      const labelled = labels.yes + labels.no > 0
      return {
        ...{ judgements: human.length, labels, judges },
        withHuman: labelled ? judges.map(judge => withHuman(judge, said.get(judge) ?? [], human)) : [],
        between: between(said, human.length),
        all: ofAll(said, human.length),
      }
    },
  }
}
