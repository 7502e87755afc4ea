import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { function as F, taskEither as TE } from 'fp-ts'
import type { Fault } from 'kinograd/flow'
import { type Figure, figureSvg, type ReportTable, thisMachine, writeWhole } from 'kinograd/run'
import type { Experiment, Findings, Place } from './experiment.ts'

const cellText = (cell: ReportTable['rows'][number]['cells'][number]): string => {
  if (typeof cell === 'string') return cell
  return 'bar' in cell ? cell.bar.toFixed(2) : cell.bold === true ? `**${cell.text}**` : cell.text
}

const inRow = (cells: readonly string[]): string => `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`

/** A table as Markdown, what is to be said under it as paragraphs. */
const tableMarkdown = ({ columns, rows, notes = [] }: ReportTable): string =>
  [
    inRow(columns.map(({ title }) => title)),
    inRow(columns.map(({ align }) => (align === 'right' ? '---:' : '---'))),
    ...rows.map(({ name, cells, depth = 0 }) => inRow([`${'  '.repeat(depth)}${name}`, ...cells.map(cellText)])),
    ...notes.flatMap(note => ['', note]),
  ].join('\n')

/** The page of an experiment, but for its figures. */
export const findingsMarkdown = (
  { title, asks, how }: Experiment,
  { preset, seeds, backend }: Pick<Place, 'preset' | 'seeds' | 'backend'>,
  { tables, notes }: Pick<Findings, 'tables' | 'notes'>,
  { command, figures }: { readonly command: string; readonly figures: readonly string[] },
): string => {
  const { processor, threads, versions } = thisMachine()
  return `${[
    `# ${title}`,
    asks,
    how,
    `\`\`\`sh\n${command}\n\`\`\``,
    `Preset \`${preset.name}\`, seeds ${seeds.join(', ')}, tensors ${backend}; ${processor}, ${threads} threads, Node ${versions.node}.`,
    ...tables.map(tableMarkdown),
    ...notes,
    ...figures.map(file => `![${file.replace('.svg', '')}](${file})`),
  ].join('\n\n')}\n`
}

/** Writes NAME.md and its figures into a folder; gives the path of the page. */
export const writeFindings = (
  experiment: Experiment,
  place: Place,
  findings: Findings,
  { folder, command }: { readonly folder: string; readonly command: string },
): TE.TaskEither<Fault, string> => {
  const files = findings.figures.map((_, i) => `${experiment.name}${i === 0 ? '' : `-${i + 1}`}.svg`)
  const page = join(folder, `${experiment.name}.md`)
  return F.pipe(
    TE.fromTask<unknown, Fault>(() => mkdir(folder, { recursive: true })),
    TE.flatMap(() =>
      TE.traverseSeqArray(([file, figure]: readonly [string, Figure]) =>
        F.pipe(
          TE.fromTask<string, Fault>(() => figureSvg(figure)),
          TE.flatMap(svg => writeWhole(join(folder, file), svg)),
        ),
      )(findings.figures.map((figure, i) => [files[i]!, figure] as const)),
    ),
    TE.flatMap(() => writeWhole(page, findingsMarkdown(experiment, place, findings, { command, figures: files }))),
    TE.map(() => page),
  )
}
