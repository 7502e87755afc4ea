import { createHash } from 'node:crypto'
import { visible } from '../../untrusted/index.ts'
import { clientScript } from './client-script.ts'
import { Html, html } from './html.ts'
import type { PageGroups } from './page-groups.ts'

/** What a policy of content says to let the page's one script run, and no other. */
export const scriptHash = `'sha256-${createHash('sha256').update(clientScript).digest('base64')}'`

/** JSON that can stand inside an element: nothing in it ends the element or begins another, or is obeyed when it is shown. */
export const inElement = (value: unknown): Html =>
  new Html(
    JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'string' ? visible(inner) : inner)).replaceAll(
      '<',
      '\\u003c',
    ),
  )

/** The browser of groups: all completions of a question side by side, token by token. Nothing where no group was kept. */
export const browserHtml = (groups: PageGroups): Html =>
  groups.groups.length === 0
    ? html``
    : html`<h2>Groups</h2>
<div id="groups"><p>The groups are shown by a script of this page, and scripts are switched off here.</p></div>
<script type="application/json" id="groups-data">${inElement(groups)}</script>
<script>${new Html(clientScript)}</script>
`
