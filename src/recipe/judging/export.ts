import type { Label, Labels, PageData, PageJudgement } from './page-data.ts'

const words: readonly Label[] = ['yes', 'no', 'unsure']

/** A label by its word; undefined for other words. */
export const labelOf = (word: unknown): Label | undefined => words.find(label => label === word)

/** A cell of CSV (RFC 4180). What a spreadsheet would take for a formula gets an apostrophe before it. */
const cell = (text: string): string => {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

const said = (verdict: boolean | null | undefined): string => (verdict === true ? 'yes' : verdict === false ? 'no' : '')

/** The labels with all that they are of, as CSV: what `kinograd judge-agreement` and this page read again. */
export const csvOf = ({ judges, judgements }: PageData, labels: Labels): string => {
  const columns: readonly (readonly [string, (one: PageJudgement, place: number) => string])[] = [
    ['n', (_, place) => String(place + 1)],
    ['id', one => one.id],
    ['question', one => one.question],
    ['options', one => one.options.join('\n')],
    ['answer', one => one.answer],
    ['observation', one => one.observation],
    ['path', one => one.path],
    ['data_type', one => one.dataType],
    ['problem_type', one => one.problemType],
    ...judges.map(name => [`judge:${name}`, (one: PageJudgement) => said(one.verdicts[name])] as const),
    ...judges.map(name => [`reason:${name}`, (one: PageJudgement) => one.reasons[name] ?? ''] as const),
    ['human', (_, place) => labels[place] ?? ''],
  ]
  const rows = judgements.map((one, place) => columns.map(([, of]) => cell(of(one, place))).join(','))
  return `${[columns.map(([name]) => cell(name)).join(','), ...rows].join('\r\n')}\r\n`
}

/** The same as lines of JSON. */
export const jsonlOf = ({ judgements }: PageData, labels: Labels): string =>
  judgements
    .map(({ sheet: _, unseen: __, dataType, problemType, ...one }, place) => {
      const row = { n: place + 1, ...one, data_type: dataType, problem_type: problemType }
      return `${JSON.stringify({ ...row, ...(labels[place] === undefined ? {} : { human: labels[place] }) })}\n`
    })
    .join('')

/** The rows of a CSV file. */
const rowsOf = (text: string): readonly (readonly string[])[] => {
  const rows: string[][] = [['']]
  let quoted = false
  for (let at = text.charCodeAt(0) === 0xfeff ? 1 : 0; at < text.length; at++) {
    const character = text[at] ?? ''
    const row = rows[rows.length - 1] ?? []
    const last = row.length - 1
    if (quoted && character === '"' && text[at + 1] === '"') {
      row[last] += '"'
      at++
    } else if (character === '"') quoted = !quoted
    else if (quoted) row[last] += character
    else if (character === ',') row.push('')
    else if (character === '\n') rows.push([''])
    else if (character !== '\r') row[last] += character
  }
  return rows.filter(row => row.length > 1)
}

interface LabelRow {
  readonly n: number
  readonly id: string
  readonly human: unknown
}

const csvLabels = (text: string): readonly LabelRow[] => {
  const [names = [], ...rows] = rowsOf(text)
  const at = (name: string) => names.indexOf(name)
  const plain = (text = '') => text.replace(/^'(?=[=+\-@\t\r])/, '')
  return rows.map(row => ({ n: Number(row[at('n')]), id: plain(row[at('id')]), human: row[at('human')] }))
}

const jsonLabels = (text: string): readonly LabelRow[] =>
  text
    .split('\n')
    .filter(line => line.trim() !== '')
    .map(line => JSON.parse(line))

/**
 * Labels of an exported file, for the judgements of this page: each belongs to the judgement of its number where that has its id.
 * `strange` counts labels that belong to no judgement here. A text that is neither CSV nor lines of JSON gives nothing.
 */
export const labelsIn = (
  text: string,
  { judgements }: PageData,
): { readonly labels: Labels; readonly strange: number } => {
  const labels: Record<number, Label> = {}
  let strange = 0
  let rows: readonly LabelRow[] = []
  try {
    rows = text.trimStart().startsWith('{') ? jsonLabels(text) : csvLabels(text)
  } catch {
    return { labels, strange: 0 }
  }
  for (const { n, id, human } of rows) {
    const label = labelOf(human)
    if (label === undefined) continue
    if (judgements[n - 1]?.id === String(id)) labels[n - 1] = label
    else strange++
  }
  return { labels, strange }
}
