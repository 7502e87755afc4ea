import { createHash } from 'node:crypto'
import { Html, html, inElement, pageStyle } from '../../run/index.ts'
import { clientScript } from './client-script.ts'
import type { PageData, PageJudgement } from './page-data.ts'
import { labellingStyle } from './page-style.ts'

const hashOf = (text: string): string => createHash('sha256').update(text).digest('base64')

const policy = `default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'sha256-${hashOf(clientScript)}'; base-uri 'none'; form-action 'none'`

/**
 * A page on which a person labels judgements in the browser: one file, nothing from the network, no script but its own. Labels stay in
 * the browser until they are saved as CSV or JSONL, which `kinograd judge-agreement` reads. What judges said is hidden until asked for.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { labellingPage } from 'kinograd/recipe'
 *
 * const asked = { id: '7', question: 'How many balls?', options: [], answer: '3', observation: '3 balls', path: '7.mp4' }
 * const kinds = { dataType: 'video', problemType: 'numerical', unseen: 'no folder of media was named' }
 * const page = labellingPage('mine', [{ ...asked, ...kinds, verdicts: { claude: true }, reasons: {} }])
 * assert(page.startsWith('<!doctype html>') && page.includes('3 balls'))
 * ```
 */
export const labellingPage = (name: string, judgements: readonly PageJudgement[]): string => {
  const judges = [...new Set(judgements.flatMap(({ verdicts }) => Object.keys(verdicts)))]
  const seen = judgements.map(({ sheet: _, ...one }) => one)
  const data: PageData = {
    key: `kinograd-labels-${hashOf(JSON.stringify(seen)).slice(0, 16)}`,
    name,
    judges,
    judgements,
  }
  return html`${new Html('<!doctype html>')}
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>${name}: labels – kinograd</title><style>${new Html(pageStyle + labellingStyle)}</style></head>
<body><main><h1>${name}</h1>
<div id="labelling"><p>Judgements are shown by a script of this page, and scripts are switched off here.</p></div></main>
<script type="application/json" id="labelling-data">${inElement(data)}</script>
<script>${new Html(clientScript)}</script></body></html>
`.markup
}
