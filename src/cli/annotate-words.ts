import { either as E } from 'fp-ts'
import {
  type Annotated,
  type AnnotationFiles,
  type AnnotationTally,
  retentionTable,
  type Spending,
  stepsTable,
  writeReleased,
} from '../recipe/index.ts'
import { exitCodes, failed, type Terminal, tableText, writeWhole } from '../run/index.ts'
import { statusOn } from './going-on.ts'

const counted = (count: number, one: string, more = `${one}s`): string => `${count} ${count === 1 ? one : more}`

/** What was billed so far, as a sentence; empty where nothing was. */
const spentText = ({ answers, lost, inputTokens, outputTokens, untold, dollars }: Spending): string => {
  if (answers + lost === 0) return ''
  const tokens = `${inputTokens.toLocaleString('en-US')} tokens in, ${outputTokens.toLocaleString('en-US')} out`
  const money =
    dollars === undefined ? 'no price is known' : `$${dollars.toFixed(dollars < 1 ? 4 : 2)} by the price list`
  const more = [
    ...(lost === 0 ? [] : [`${lost} refused or cut`]),
    ...(untold === 0 ? [] : [`${untold} without a count of tokens`]),
  ]
  return `Billed: ${counted(answers, 'answer')}${more.map(text => `, ${text}`).join('')}; ${tokens}; ${money}.`
}

/** A line of progress: live on a terminal, one a while elsewhere. */
export const watching = (terminal: Terminal) => {
  const status = statusOn(terminal)
  let begun = false
  return {
    progress: (tally: AnnotationTally, total: number, { dollars, answers }: Spending) => {
      if (!begun) status.begin('annotate')
      begun = true
      const cost = answers === 0 || dollars === undefined || dollars === 0 ? '' : `, $${dollars.toFixed(4)}`
      const { records, sufficient } = tally.all
      status.progress('annotate', records, total, `${sufficient} kept, ${tally.failed} failed${cost}`)
    },
    /** Answers of a pass of batches, as they are collected. */
    batches: (role: string, told: number, total: number) => {
      if (told === 1) status.begin(`${role} in batches`)
      status.progress(`${role} in batches`, told, total)
    },
    close: () => status.close(),
  }
}

const reasonsText = (tally: AnnotationTally): readonly string[] =>
  Object.keys(tally.reasons).length === 0
    ? []
    : [
        `Left out: ${Object.entries(tally.reasons)
          .map(([tag, count]) => `${tag} ${count}`)
          .join(', ')}.`,
      ]

/** What is kept of an annotation that was ended. */
export const stoppedText = (
  tally: AnnotationTally | undefined,
  files: AnnotationFiles,
  spent: Spending,
  name: (path: string) => string,
): readonly string[] => [
  ...(tally === undefined
    ? []
    : [
        `${counted(tally.all.records, 'record')} done, ${counted(tally.all.sufficient, 'chain')} in ${name(files.out)}.`,
      ]),
  ...[spentText(spent)].filter(Boolean),
]

/** Says what an annotation came to and writes what is written at its end; gives the exit code. */
export const concluded = async (
  { tally, total, wrong }: Annotated,
  files: AnnotationFiles,
  spent: Spending,
  name: (path: string) => string,
  terminal: Terminal,
): Promise<number> => {
  const parts = await writeReleased(files, tally.all.sufficient)()
  if (E.isLeft(parts)) return failed(parts.left, terminal)
  const summary = { records: total, ...tally, spent, parts: parts.right.map(name) }
  const written = await writeWhole(files.retention, `${JSON.stringify(summary, null, 2)}\n`)()
  if (E.isLeft(written)) return failed(written.left, terminal)
  for (const table of [stepsTable(tally), retentionTable(tally)])
    for (const line of tableText(table).split('\n')) terminal.out(line)
  const lines = [
    ...reasonsText(tally),
    `Chains: ${name(files.out)}${parts.right.map(path => `, ${name(path)}`).join('')}`,
    ...(tally.all.records === tally.all.sufficient ? [] : [`Failures, with reasons: ${name(files.failures)}`]),
    ...(tally.all.verified === 0
      ? []
      : [
          `Judgements: ${name(files.judgements)} (label some: kinograd judge-agreement ${name(files.judgements)} --page --root DIR)`,
        ]),
    ...[spentText(spent)].filter(Boolean),
  ]
  for (const line of lines) terminal.out(line)
  return wrong === undefined ? exitCodes.done.code : failed(wrong, terminal)
}
