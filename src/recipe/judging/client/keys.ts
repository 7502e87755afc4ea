import type { Label } from '../page-data.ts'
import type { Deed } from './labelling.ts'

const ofKey: Readonly<Record<string, Label>> = { y: 'yes', n: 'no', u: 'unsure' }

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLInputElement && target.type !== 'checkbox' && target.type !== 'file'

/** What a key does; undefined for keys that mean nothing here. */
export const deedOf = (event: KeyboardEvent): Deed | undefined => {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return undefined
  const label = ofKey[event.key.toLowerCase()]
  if (label !== undefined) return { kind: 'say', label }
  if (event.key === 'ArrowRight') return { kind: 'step', by: 1 }
  if (event.key === 'ArrowLeft') return { kind: 'step', by: -1 }
  return event.key === 'Backspace' || event.key === 'Delete' ? { kind: 'unsay' } : undefined
}
