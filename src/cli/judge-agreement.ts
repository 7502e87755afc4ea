import { basename, dirname, relative, resolve } from 'node:path'
import { either as E } from 'fp-ts'
import { type Fault, fault } from '../flow/index.ts'
import { findDecoder } from '../media/index.ts'
import {
  type Agreement,
  agreementTables,
  type Judgement,
  labellingPage,
  openAgreement,
  openDrawing,
  openStratified,
  pageJudgements,
  readJudgements,
} from '../recipe/index.ts'
import {
  type Command,
  exitCodes,
  type Flags,
  failed,
  type Given,
  parseFlags,
  type Terminal,
  tableText,
  writeWhole,
} from '../run/index.ts'
import { headings } from './headings.ts'

const flags = {
  page: { kind: 'switch', help: 'writes a page on which a person labels judgements in the browser' },
  root: {
    kind: 'text',
    value: 'DIR',
    help: 'folder that paths of media are taken from, for the frames on the page (that of FILE)',
  },
  sample: { kind: 'integer', value: '100', min: 1, help: 'judgements on the page, drawn by chance (100)' },
  seed: { kind: 'integer', value: '1', min: 0, help: 'of the chance (1)' },
  stratify: {
    kind: 'text',
    value: 'verdict',
    choices: ['verdict', 'type'],
    help: 'as many of each verdict, or of each problem type, as of any other',
  },
  out: { kind: 'text', value: 'FILE.html', help: 'where the page goes (beside FILE)' },
} as const satisfies Flags

type AgreementFlags = Given<typeof flags>

/** What every table of these numbers needs to be read rightly. */
const notes = [
  'Intervals hold 95 %: Wilson’s for shares; for κ of large samples (Fleiss, Cohen and Everitt 1969; delta method for Fleiss’ κ).',
  'κ is – where all words are the same: chance alone would agree.',
]

const said = (verdict: boolean | null): string => (verdict === null ? 'none' : verdict ? 'yes' : 'no')

const drawingOf = ({ sample = 100, seed = 1, stratify }: AgreementFlags) =>
  stratify === undefined
    ? openDrawing<Judgement>(sample, seed)
    : openStratified<Judgement>(sample, seed, one =>
        stratify === 'type' ? one.problemType : Object.values(one.verdicts).map(said).join(' '),
      )

const nothingToSay = ({ judgements, labels: { yes, no }, judges }: Agreement): Fault | undefined =>
  yes + no > 0 || judges.length > 1
    ? undefined
    : fault(
        'NothingMeasured',
        judgements === 0
          ? 'there are no judgements'
          : `${judgements} judgements of one judge, and none is labelled by a person`,
        'Label some on the page that --page makes, save them as CSV, and name that file.',
      )

const tables = (agreement: Agreement, { out }: Terminal): void => {
  const { labels } = agreement
  if (labels.yes + labels.no + labels.unsure > 0)
    out(
      `A person labelled ${labels.yes + labels.no} (${labels.yes} Yes, ${labels.no} No), and was unsure of ${labels.unsure}.`,
    )
  for (const table of agreementTables(agreement)) for (const line of tableText(table).split('\n')) out(line)
  for (const note of notes) out(note)
}

const writePage = async (file: string, judgements: readonly Judgement[], given: AgreementFlags, terminal: Terminal) => {
  const { root = dirname(file), out = `${file.replace(/\.(?:jsonl|csv|json)$/i, '')}.html` } = given
  const path = resolve(terminal.cwd, out)
  const decoder = await findDecoder()()
  if (E.isLeft(decoder)) return failed(decoder.left, terminal)
  const where = { decoder: decoder.right.decoder, root: resolve(terminal.cwd, root) }
  const shown = await pageJudgements(judgements, where)
  const written = await writeWhole(path, labellingPage(basename(file).replace(/\.\w+$/, ''), shown))()
  if (E.isLeft(written)) return failed(written.left, terminal)
  const unseen = shown.filter(one => one.sheet === undefined)
  if (unseen.length > 0)
    terminal.out(`${unseen.length} of ${shown.length} have no frames; the first: ${unseen[0]?.unseen}`)
  const name = relative(terminal.cwd, path)
  terminal.out(
    `${shown.length} judgements to label: open ${name} in a browser, save the labels as CSV, then: kinograd judge-agreement LABELS.csv`,
  )
  return exitCodes.done.code
}

const run = async (args: readonly string[], terminal: Terminal): Promise<number> => {
  const parsed = parseFlags(flags, ['FILE'], args)
  if (E.isLeft(parsed)) return failed(parsed.left, terminal)
  const { flags: given, positionals } = parsed.right
  const file = resolve(terminal.cwd, positionals[0] ?? '')
  const [agreeing, drawing] = [openAgreement(), drawingOf(given)]
  for await (const read of readJudgements(file)) {
    if (E.isLeft(read)) return failed(read.left, terminal)
    agreeing.add(read.right)
    drawing.add(read.right)
  }
  const agreement = agreeing.result()
  if (given.page && agreement.judgements > 0) {
    if (nothingToSay(agreement) === undefined) tables(agreement, terminal)
    return writePage(file, drawing.drawn(), given, terminal)
  }
  const nothing = nothingToSay(agreement)
  if (nothing !== undefined) return failed(nothing, terminal)
  tables(agreement, terminal)
  return exitCodes.done.code
}

/** `kinograd judge-agreement FILE`: how judges agree with a person, and with each other. */
export const judgeAgreementCommand: Command = {
  ...headings.judgeAgreement,
  flags,
  run,
}
