import { labelOf } from '../export.ts'
import type { Label, Labels, PageData } from '../page-data.ts'

/** Labels that this browser kept of an earlier visit; none where it keeps nothing. */
export const keptLabels = ({ key, judgements }: PageData): Labels => {
  const labels: Record<number, Label> = {}
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(key) ?? '{}')
    if (typeof kept !== 'object' || kept === null) return labels
    for (const [place, word] of Object.entries(kept)) {
      const label = labelOf(word)
      if (label !== undefined && Number(place) < judgements.length) labels[Number(place)] = label
    }
  } catch {
    // A browser that keeps nothing for files: the page says so when a label cannot be kept.
  }
  return labels
}

/** Keeps labels for the next visit; says whether the browser could. */
export const keepLabels = ({ key }: PageData, labels: Labels): boolean => {
  try {
    localStorage.setItem(key, JSON.stringify(labels))
    return true
  } catch {
    return false
  }
}

/** Hands a text over as a file. */
export const download = (name: string, type: string, text: string): void => {
  const address = URL.createObjectURL(new Blob([text], { type }))
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(address), 10_000)
}
