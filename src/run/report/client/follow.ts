import type { News } from '../news.ts'

/** Milliseconds between two questions: while somebody looks, and while nobody does. */
const [often, seldom] = [2000, 10_000]

/** What a reader opened of a part stays open in its new form. */
const replace = (old: Element, fresh: Element): void => {
  const open = [...old.querySelectorAll('details')].map(one => one.open)
  for (const [index, one] of [...fresh.querySelectorAll('details')].entries()) one.open = open[index] ?? false
  old.replaceWith(fresh)
}

const elementOf = (markup: string): Element | null => {
  const template = document.createElement('template')
  template.innerHTML = markup
  return template.content.firstElementChild
}

/** Puts new forms of parts in the places of the old ones, new parts where they belong, and takes away those that are no more. */
const showParts = (main: Element, order: readonly string[], parts: Readonly<Record<string, string>>): void => {
  const known = new Set(order)
  for (const child of [...main.children]) if (/^(contents$|s-)/.test(child.id) && !known.has(child.id)) child.remove()
  let before: Element | null = document.getElementById('now')
  for (const id of order) {
    const markup = parts[id]
    const old = document.getElementById(id)
    const fresh = markup === undefined ? null : elementOf(markup)
    // The browser of groups lives on: its groups come by themselves.
    if (old !== null && fresh !== null && id !== 's-groups') replace(old, fresh)
    const here: Element | null = document.getElementById(id) ?? fresh
    if (here === null) continue
    if (here.previousElementSibling !== before || here.parentElement !== main) before?.after(here)
    before = here
  }
}

/** Keeps a live page as new as its run; does nothing on a page that was written once. */
export const follow = (showGroups: (groups: NonNullable<News['groups']>) => void): void => {
  const main = document.querySelector('main[data-live]')
  const now = document.getElementById('now')
  if (main === null || now === null) return
  let version = Number(main.getAttribute('data-live'))
  const ask = async (): Promise<void> => {
    try {
      const answer = await fetch(`news?since=${version}`)
      if (!answer.ok) throw new Error(await answer.text())
      const news: News = await answer.json()
      version = news.version
      if (news.order !== undefined) showParts(main, news.order, news.parts ?? {})
      if (news.groups !== undefined) showGroups(news.groups)
      now.textContent = news.now
      main.setAttribute('data-live', String(version))
    } catch {
      now.textContent = 'kinograd ui has ended: this page stands still'
    }
    setTimeout(ask, document.hidden ? seldom : often)
  }
  void ask()
}
