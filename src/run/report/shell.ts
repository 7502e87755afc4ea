import { groupsId, scriptHash, scriptHtml } from './browser.ts'
import { Html, html } from './html.ts'
import type { PageGroups } from './page-groups.ts'
import type { PlacedSection } from './parts.ts'
import { style } from './style.ts'

/** The place of the browser of groups in a table of contents. */
export const groupsPlace: PlacedSection = { id: groupsId, title: 'Groups', parts: [] }

/** Links to all sections that have a title; nothing where there are few. */
export const contentsHtml = (sections: readonly PlacedSection[]): Html => {
  const links = sections.flatMap(({ id, title }) => (title === undefined ? [] : [html`<a href="#${id}">${title}</a> `]))
  return html`<nav id="contents" aria-label="Sections">${links.length < 3 ? '' : links}</nav>`
}

const closed = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"

/** What a page may do: nothing on the network; only its own script, where it has one. A live page may ask its own server for news. */
export const policyOf = (kind: 'text' | 'script' | 'live'): string =>
  kind === 'text'
    ? closed
    : `${closed}; script-src ${scriptHash}${kind === 'live' ? "; connect-src 'self'" : ''}; base-uri 'none'; form-action 'none'`

/** What a page is made of. */
export interface PageShell {
  readonly name: string
  /** Its sections, table of contents and browser of groups, in their order. */
  readonly body: readonly Html[]
  /** What the reader can browse; undefined for a page without a script. */
  readonly groups: PageGroups | undefined
  /** Of a live page: the version that it shows. */
  readonly live?: number
}

/** A page around its sections. */
export const shellHtml = ({ name, body, groups, live }: PageShell): string => {
  const policy = policyOf(live !== undefined ? 'live' : groups === undefined ? 'text' : 'script')
  const attribute = live === undefined ? '' : html` data-live="${live}"`
  const now = live === undefined ? '' : html`<p id="now"></p>\n`
  return html`${new Html('<!doctype html>')}
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>${name} – kinograd</title><style>${new Html(style)}</style></head>
<body><main${attribute}><h1>${name}</h1>
${now}${body}</main>${groups === undefined ? '' : scriptHtml(groups)}</body></html>
`.markup
}
