import { join } from 'node:path'
import { function as F, taskEither as TE } from 'fp-ts'
import { writeWhole } from '../durable.ts'
import { type RunFault, runFault, wordsOf } from '../fault.ts'
import { duration } from '../status.ts'
import type { Summary } from '../summary.ts'
import { policyNames } from '../table.ts'
import { examplesHtml, failuresHtml } from './examples.ts'
import { curveFigures, rewardFigures, typeFigure } from './figures.ts'
import { Html, html } from './html.ts'
import { loadReport, type ReportData } from './load.ts'
import { style } from './style.ts'
import { phaseTable, policyHtml, retentionTable, settingsTable } from './tables.ts'

const policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"

const facts = (summary: Summary): Html => {
  const all = [
    ['preset', summary.preset],
    ['seed', summary.seed],
    ['tensors', summary.backend],
    ['video', summary.decoder],
    ['teacher', summary.teacher],
    ['judge', summary.judge],
    ['time', duration(summary.seconds.total * 1000)],
  ] as const
  return html`<p class="facts">${all.map(([name, value], at) => html`${at === 0 ? '' : ' · '}${name} <b>${value}</b>`)}</p>`
}

const armFacts = ({ runs }: Summary): Html =>
  html`<p><small>${Object.entries(runs).map(
    ([arm, run]) =>
      html`${policyNames[arm] ?? arm}: ${run.updates} updates, ${run.secondsPerUpdate.toFixed(2)} s an update, ${run.tokensPerSecond.toFixed(0)} tokens a second. `,
  )}</small></p>`

const results = async (summary: Summary): Promise<Html> => html`
<h2>What each policy reached</h2>
<p>Shares between 0 and 1 on the test split; the highest accuracy of a line is bold.</p>${policyHtml(summary)}${await typeFigure(summary)}
<h2>While training</h2>${armFacts(summary)}${await curveFigures(summary)}
<h2>Rewards</h2>
<p>A group whose rollouts all earn the same reward has no advantage to learn from. Lines are means of five updates; pale lines are single updates.</p>${await rewardFigures(summary)}
<h2>Data kept by the annotation pipeline</h2>
<p>Verified: well-formed and rightly answered. Sufficient: the judge can answer from the observation alone.</p>${retentionTable(summary.retention)}
<h2>Time</h2>${phaseTable(summary.seconds)}`

/** The whole page as text: self-contained, without script, and with a policy that forbids the network. */
export const renderReport = async (data: ReportData): Promise<string> => {
  const { summary } = data
  const page = html`${new Html('<!doctype html>')}
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>${data.name} – kinograd</title><style>${new Html(style)}</style></head>
<body><h1>${data.name}</h1>
${summary === undefined ? html`<p>This run is not finished: it has no summary.json yet.</p>` : html`${facts(summary)}${await results(summary)}`}
<h2>Examples</h2>${examplesHtml(data.rollouts)}
<h2>Failures</h2>${failuresHtml(data.failureCounts, data.failures)}
<h2>Settings</h2>${settingsTable(data.config)}
</body></html>
`
  return page.markup
}

/** Makes report.html of a run folder, finished or not, and resolves to its path. Reads nothing but the folder. */
export const writeReport = (directory: string): TE.TaskEither<RunFault, string> => {
  const path = join(directory, 'report.html')
  return F.pipe(
    loadReport(directory),
    TE.flatMap(data =>
      TE.tryCatch(
        () => renderReport(data),
        error => runFault('BadRow', `the report cannot be drawn: ${wordsOf(error)}`, 'Report this with summary.json.'),
      ),
    ),
    TE.flatMap(page => writeWhole(path, page)),
    TE.map(() => path),
  )
}
