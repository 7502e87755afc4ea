import { visible } from '../../untrusted/index.ts'

/** Markup that is safe to put into a page as it is. */
export class Html {
  readonly markup: string
  constructor(markup: string) {
    this.markup = markup
  }
}

type Part = Html | string | number | readonly Part[]

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Text as markup: the five characters that mean something become entities, and none turns the text around or steers anything. */
const escaped = (text: string): string => visible(text).replace(/[&<>"']/g, character => entities[character] ?? '')

const markupOf = (part: Part): string =>
  typeof part === 'string' || typeof part === 'number'
    ? escaped(String(part))
    : part instanceof Html
      ? part.markup
      : part.map(markupOf).join('')

/** Builds markup: everything put in is escaped unless it is `Html` itself, so forgetting to escape is not possible. */
export const html = (pieces: TemplateStringsArray, ...parts: readonly Part[]): Html =>
  new Html(pieces.map((piece, index) => piece + (index < parts.length ? markupOf(parts[index] ?? '') : '')).join(''))
