import { join } from 'node:path'
import { function as F, taskEither as TE } from 'fp-ts'
import { messageOf } from '../../flow/index.ts'
import { writeWhole } from '../durable.ts'
import { type RunFault, runFault } from '../fault.ts'
import { scrubber } from '../secrets.ts'
import { browserHtml } from './browser.ts'
import { type PageSections, pageSections, unfinished } from './generic.ts'
import type { Html } from './html.ts'
import { loadRun, sectionsFile } from './load.ts'
import type { PageGroups } from './page-groups.ts'
import { placed, sectionHtml } from './parts.ts'
import type { RunRecord } from './record.ts'
import { readSections, type Section } from './section.ts'
import { contentsHtml, groupsPlace, shellHtml } from './shell.ts'

const noGroups: PageGroups = { processes: [], groups: [], phases: [] }

/**
 * A page of sections as text: self-contained, with no script but its own, and with a policy that forbids
 * the network. Everything in it is escaped. `groups` are what the reader can browse.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { renderReport } from 'kinograd/run'
 *
 * const page = await renderReport('mine', [{ title: 'Found', parts: [{ kind: 'text', text: '3 < 4' }] }])
 * assert.match(page, /<h2>Found<\/h2>\s*<p>3 &lt; 4<\/p>/)
 * ```
 */
export const renderReport = async (
  name: string,
  sections: readonly Section[],
  groups: PageGroups = noGroups,
): Promise<string> => pageHtml(name, { before: sections, after: [] }, groups)

const pageHtml = async (name: string, { before, after }: PageSections, groups: PageGroups): Promise<string> => {
  const [first, last] = [placed(before), placed(after)]
  const hasGroups = groups.groups.length > 0
  const parts: Html[] = []
  for (const section of first) parts.push(await sectionHtml(section))
  if (hasGroups) parts.push(browserHtml)
  for (const section of last) parts.push(await sectionHtml(section))
  const contents = contentsHtml([...first, ...(hasGroups ? [groupsPlace] : []), ...last])
  return shellHtml({ name, body: [contents, ...parts], groups: hasGroups ? groups : undefined })
}

const rendered = (record: RunRecord): TE.TaskEither<RunFault, string> =>
  TE.tryCatch(
    () => {
      const { before, after } = pageSections(record)
      const first = record.summary === undefined ? [unfinished, ...before] : before
      return pageHtml(record.name, { before: first, after }, record.groups)
    },
    error => runFault('BadRow', `the report cannot be drawn: ${messageOf(error)}`, 'Report this with the run folder.'),
  )

/** Keeps sections in the folder, scrubbed; gives them as they will be read again, and refuses what JSON cannot hold. */
const kept = (directory: string, sections: readonly Section[]): TE.TaskEither<RunFault, readonly Section[]> => {
  const text = JSON.stringify(scrubber(process.env).value(sections), null, 1)
  return F.pipe(
    TE.fromEither(readSections('what was given', JSON.parse(text))),
    TE.tap(() => writeWhole(join(directory, sectionsFile), `${text}\n`)),
  )
}

/**
 * Makes report.html of a run folder, finished or not, and resolves to its path. `sections` say what only the pipeline
 * knows: they come first, are kept in the folder as sections.json, and stand in every later page of this run. After
 * them comes what every run can show of itself: curves of all metrics by phase, times, examples, failures, settings. A
 * section takes the place of the general one with its title. Without `sections` those of the folder are used, so a
 * page can be written again at any time. Left: `CannotRead` where the folder holds no run, `BadRow` where a file of it
 * or a section is not what it should be, `CannotWrite`.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { readFile, mkdtemp } from 'node:fs/promises'
 * import { tmpdir } from 'node:os'
 * import { join } from 'node:path'
 * import { either as E } from 'fp-ts'
 * import { openRun, type Section, writeReport } from 'kinograd/run'
 *
 * const directory = await mkdtemp(join(tmpdir(), 'kinograd-'))
 * const opened = await openRun({ directory, config: { seed: 1 }, resume: false })()
 * assert(E.isRight(opened))
 * await opened.right.metrics({ phase: 'mine', step: 0, values: { 'reward/grounding': 0.5 } })()
 * await opened.right.close()
 * const sections: readonly Section[] = [
 *   {
 *     title: 'What came of it',
 *     parts: [
 *       { kind: 'table', columns: [{ title: '' }, { title: 'mine' }], rows: [{ name: 'accuracy', cells: ['0.57'] }] },
 *       { kind: 'figures', figures: [{ kind: 'lines', title: 'Boxes', x: 'update', y: 'IoU', points: [] }] },
 *     ],
 *   },
 * ]
 * const path = await writeReport(directory, sections)()
 * assert(E.isRight(path))
 * assert.match(await readFile(path.right, 'utf8'), /What came of it[^]*Metrics of mine/)
 * ```
 */
export const writeReport = (directory: string, sections?: readonly Section[]): TE.TaskEither<RunFault, string> => {
  const path = join(directory, 'report.html')
  return F.pipe(
    loadRun(directory),
    TE.flatMap(record =>
      sections === undefined
        ? TE.right(record)
        : F.pipe(
            kept(directory, sections),
            TE.map(given => ({ ...record, given })),
          ),
    ),
    TE.flatMap(rendered),
    TE.flatMap(page => writeWhole(path, page)),
    TE.map(() => path),
  )
}
