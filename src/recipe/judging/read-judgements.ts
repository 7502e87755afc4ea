import { createReadStream } from 'node:fs'
import { parse } from 'csv-parse'
import { either as E } from 'fp-ts'
import { readValues } from '../../dataset/index.ts'
import { codeOf, type Fault, fault, messageOf } from '../../flow/index.ts'
import { brief } from '../../untrusted/index.ts'
import type { Judgement } from './judgement.ts'

type Row = Readonly<Record<string, unknown>>

const isRow = (value: unknown): value is Row => typeof value === 'object' && value !== null && !Array.isArray(value)

const yes: ReadonlySet<string> = new Set(['yes', 'true', '1', 'y', 'sufficient'])
const no: ReadonlySet<string> = new Set(['no', 'false', '0', 'n', 'insufficient'])
const unsure: ReadonlySet<string> = new Set(['', 'null', 'u', 'unsure', '?'])

/** Whether a value says yes, no, or neither (null). Left: it is none of these words. */
const verdictOf = (value: unknown): E.Either<string, boolean | null> => {
  if (value === null || value === undefined) return E.right(null)
  const word = String(value).trim().toLowerCase()
  return yes.has(word) ? E.right(true) : no.has(word) ? E.right(false) : unsure.has(word) ? E.right(null) : E.left(word)
}

const textOf = (row: Row, ...names: readonly string[]): string => {
  const found = names.map(name => row[name]).find(value => typeof value === 'string' || typeof value === 'number')
  return found === undefined ? '' : String(found)
}

const listOf = (value: unknown): readonly string[] => {
  if (Array.isArray(value)) return value.map(String)
  return typeof value === 'string' && value !== '' ? value.split('\n') : []
}

/** The verdicts of a row: under `verdicts` by name, as a column `judge:NAME`, or as the one column `judge`. */
const verdictsIn = (row: Row): readonly (readonly [string, unknown])[] => [
  ...(isRow(row.verdicts) ? Object.entries(row.verdicts) : []),
  ...Object.entries(row).flatMap(([name, value]) =>
    name.startsWith('judge:') ? [[name.slice('judge:'.length), value] as const] : [],
  ),
  ...('judge' in row ? [['judge', row.judge] as const] : []),
]

const reasonsIn = (row: Row): Readonly<Record<string, string>> => {
  const nested = isRow(row.reasons) ? Object.entries(row.reasons) : []
  const flat = Object.entries(row).flatMap(([name, value]) =>
    name.startsWith('reason:') ? [[name.slice('reason:'.length), value] as const] : [],
  )
  return Object.fromEntries(
    [...nested, ...flat].flatMap(([name, value]) => (typeof value === 'string' && value !== '' ? [[name, value]] : [])),
  )
}

/** What a person said; an empty cell says that nobody was asked, `unsure` that somebody was. */
const humanIn = (row: Row): E.Either<string, boolean | null | undefined> => {
  const value = row.human ?? row.label
  return value === undefined || value === null || String(value).trim() === '' ? E.right(undefined) : verdictOf(value)
}

const bad = (where: string, what: string): E.Either<Fault, never> =>
  E.left(
    fault('BadJudgement', `${where}: ${what}`, 'Write yes, no or unsure; docs/annotate.md has the form of the file.'),
  )

const judgementOf = (row: Row, where: string): E.Either<Fault, Judgement> => {
  const verdicts: Record<string, boolean | null> = {}
  for (const [name, value] of verdictsIn(row)) {
    const verdict = verdictOf(value)
    if (E.isLeft(verdict)) return bad(where, `the verdict of ${brief(name)} is ${brief(verdict.left)}`)
    verdicts[name] = verdict.right
  }
  const human = humanIn(row)
  if (E.isLeft(human)) return bad(where, `the label of the person is ${brief(human.left)}`)
  if (Object.keys(verdicts).length === 0 && human.right === undefined)
    return bad(where, `there is neither a verdict nor a label in ${brief(Object.keys(row))}`)
  return E.right({
    id: textOf(row, 'id', 'problem_id'),
    question: textOf(row, 'question', 'problem'),
    options: listOf(row.options),
    answer: textOf(row, 'answer', 'truth'),
    observation: textOf(row, 'observation'),
    path: textOf(row, 'path'),
    dataType: textOf(row, 'data_type'),
    problemType: textOf(row, 'problem_type'),
    ...{ verdicts, reasons: reasonsIn(row), human: human.right, note: textOf(row, 'note') },
  })
}

/** A cell that a spreadsheet would have obeyed is written with an apostrophe before it, which is no part of it. */
const cellOf = (value: unknown): unknown =>
  typeof value === 'string' && /^'[=+\-@\t\r]/.test(value) ? value.slice(1) : value

async function* rowsOfCsv(path: string): AsyncGenerator<E.Either<Fault, Judgement>> {
  const rows: AsyncIterable<unknown> = createReadStream(path).pipe(
    parse({ columns: true, bom: true, skip_empty_lines: true, max_record_size: 2 ** 24 }),
  )
  let nth = 1
  for await (const row of rows) {
    nth++
    const where = `${path}, row ${nth}`
    if (isRow(row)) {
      const cells = Object.fromEntries(Object.entries(row).map(([name, value]) => [cellOf(name), cellOf(value)]))
      yield judgementOf(cells, where)
    }
  }
}

/**
 * Reads judgements: lines of JSON as `kinograd annotate` writes them (`id`, `question`, `answer`, `observation`, `verdicts` by the
 * judge's name, `human`), or CSV as the labelling page gives it (`judge:NAME` a column a judge). One after the other, in order. Left:
 * `NoFile`, `BadFile`, `BadJson`; `BadJudgement` for a verdict or a label that is no such word.
 */
export async function* readJudgements(path: string): AsyncGenerator<E.Either<Fault, Judgement>> {
  if (/\.csv$/i.test(path)) {
    const failed = (error: unknown): Fault =>
      codeOf(error) === 'ENOENT'
        ? fault('NoFile', `${path} cannot be opened: ${messageOf(error)}`, 'Check the path.')
        : fault(
            'BadFile',
            `${path} is no CSV: ${messageOf(error)}`,
            'Write one row a line, with the names of columns first.',
          )
    const opened = createReadStream(path, { end: 0 })
    try {
      for await (const _ of opened);
      yield* rowsOfCsv(path)
    } catch (error) {
      yield E.left(failed(error))
    }
    return
  }
  for await (const placed of readValues(path)) {
    if (E.isLeft(placed)) yield placed
    else {
      const { where, value } = placed.right
      yield isRow(value) ? judgementOf(value, where) : bad(where, `${brief(value)} is no judgement`)
    }
  }
}
