import type { Label, Labels } from '../page-data.ts'

/** Where a person stands. */
export interface Labelling {
  readonly labels: Labels
  readonly place: number
  /** What happened last, in words. */
  readonly told: string
}

/** What a person does. */
export type Deed =
  | { readonly kind: 'say'; readonly label: Label }
  | { readonly kind: 'unsay' }
  | { readonly kind: 'go'; readonly to: number }
  | { readonly kind: 'step'; readonly by: number }
  | { readonly kind: 'take'; readonly labels: Labels }
  | { readonly kind: 'tell'; readonly told: string }

const words: Readonly<Record<Label, string>> = { yes: 'Yes', no: 'No', unsure: 'Unsure' }

/** What follows of a deed, among `of` judgements: keys may come faster than the page is drawn, so each goes by the state it meets. */
export const after =
  (of: number) =>
  (state: Labelling, deed: Deed): Labelling => {
    const { labels, place } = state
    const within = (to: number) => Math.min(of - 1, Math.max(0, to))
    switch (deed.kind) {
      case 'say':
        return {
          labels: { ...labels, [place]: deed.label },
          place: within(place + 1),
          told: `${words[deed.label]} for judgement ${place + 1}.`,
        }
      case 'unsay': {
        const { [place]: _, ...others } = labels
        return { labels: others, place, told: `Judgement ${place + 1} is not labelled any more.` }
      }
      case 'go':
        return { ...state, place: within(deed.to) }
      case 'step':
        return { ...state, place: within(place + deed.by) }
      case 'take':
        return { ...state, labels: { ...labels, ...deed.labels } }
      case 'tell':
        return { ...state, told: deed.told }
    }
  }
