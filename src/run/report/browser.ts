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

/** The name of the section of groups. */
export const groupsId = 's-groups'

/** Where the browser of groups stands: all completions of a question side by side, token by token. */
export const browserHtml = html`<section id="${groupsId}"><h2>Groups</h2>
<div id="groups"><p>The groups are shown by a script of this page, and scripts are switched off here.</p></div></section>
`

/** The data and the script of the browser of groups, for the end of the page. */
export const scriptHtml = (groups: PageGroups): Html =>
  html`<script type="application/json" id="groups-data">${inElement(groups)}</script>
<script>${new Html(clientScript)}</script>
`
