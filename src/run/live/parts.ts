import { createHash } from 'node:crypto'
import { browserHtml, groupsId } from '../report/browser.ts'
import { pageSections } from '../report/generic.ts'
import { Html } from '../report/html.ts'
import { type PlacedSection, placed, sectionHtml } from '../report/parts.ts'
import type { RunRecord } from '../report/record.ts'
import { contentsHtml, groupsPlace } from '../report/shell.ts'
import { drawings } from './drawings.ts'

/** A part of the live page, and the version in which it became what it is. */
export interface LivePart {
  readonly id: string
  readonly markup: string
  readonly since: number
}

interface Rendered extends LivePart {
  /** Of what it was made. */
  readonly from: string
}

const hashOf = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('base64')

/** Makes the parts of a live page again where what they show has changed; the others stay as they are. Holds one set of parts. */
export const liveParts = () => {
  const drawn = drawings()
  let parts: ReadonlyMap<string, Rendered> = new Map()
  const part = async (section: PlacedSection, version: number): Promise<Rendered> => {
    const from = hashOf(section)
    const before = parts.get(section.id)
    if (before?.from === from) return before
    const { markup } = await sectionHtml(section, drawn.draw)
    return { id: section.id, markup, since: version, from }
  }
  return async (record: RunRecord, version: number): Promise<readonly LivePart[]> => {
    const { before, after } = pageSections(record)
    const [first, last] = [placed(before), placed(after)]
    const contents = [...first, groupsPlace, ...last]
    const titles = hashOf(contents.map(({ id, title }) => [id, title]))
    const known = parts.get('contents')
    const all: Rendered[] = [
      known?.from === titles
        ? known
        : { id: 'contents', markup: contentsHtml(contents).markup, since: version, from: titles },
    ]
    for (const section of first) all.push(await part(section, version))
    all.push(parts.get(groupsId) ?? { id: groupsId, markup: browserHtml.markup, since: version, from: '' })
    for (const section of last) all.push(await part(section, version))
    drawn.sweep()
    parts = new Map(all.map(one => [one.id, one]))
    return all
  }
}

/** The parts as the body of a page. */
export const bodyOf = (parts: readonly LivePart[]): readonly Html[] => parts.map(({ markup }) => new Html(markup))
