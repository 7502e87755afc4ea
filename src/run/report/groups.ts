import type { Collector } from '../read-rows.ts'
import type { RolloutRow } from '../rows.ts'
import type { PageGroup, PageGroups, PagePiece, PageRollout } from './page-groups.ts'

const base64 = /^[A-Za-z0-9+/]+=*$/

const pieceOf = (
  { process, text, advantage, tokens = [text] }: NonNullable<RolloutRow['segments']>[number],
  processes: readonly string[],
): PagePiece => [process === null ? -1 : processes.indexOf(process), advantage ?? null, tokens]

const rolloutOf = (row: RolloutRow, processes: readonly string[]): PageRollout => {
  const { segments = [], completion, rewards, advantages } = row
  const optional = { parts: row.parts, notes: row.notes, malformed: row.malformed }
  return {
    pieces: segments.length === 0 ? [[-1, null, [completion]]] : segments.map(one => pieceOf(one, processes)),
    rewards,
    advantages,
    ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)),
    ...(row.truncated ? { truncated: true } : {}),
    ...(row.mismatch ? { mismatch: true } : {}),
  }
}

interface Kept {
  /** Which group of its phase it is, from 0. */
  readonly nth: number
  readonly rows: RolloutRow[]
  bytes: number
}

const groupOf = ({ rows, nth }: Kept, processes: readonly string[]): readonly PageGroup[] => {
  const [first] = rows
  if (first === undefined) return []
  const { phase, step, id, problem, problemType, answer } = first
  const sheet = rows.find(row => row.sheet !== undefined && base64.test(row.sheet))?.sheet
  const told = { problem, problemType, answer, sheet }
  return [
    {
      phase,
      step,
      id,
      nth,
      ...Object.fromEntries(Object.entries(told).filter(([, value]) => value !== undefined)),
      rollouts: rows.map(row => rolloutOf(row, processes)),
    },
  ]
}

interface Phase {
  readonly phase: string
  of: number
  every: number
  bytes: number
  kept: Kept[]
}

/** Every second group of what is kept goes. */
const thin = (phase: Phase): void => {
  phase.every *= 2
  phase.kept = phase.kept.filter(({ nth }) => nth % phase.every === 0)
  phase.bytes = phase.kept.reduce((sum, { bytes }) => sum + bytes, 0)
}

/**
 * Groups of a log within so many bytes of text: of each phase every nth group, evenly over its steps, n the least power of
 * two that fits. Rows of one group follow each other in the log.
 */
export const groupsWithin = (bytes: number) => (): Collector<RolloutRow, PageGroups> => {
  const phases = new Map<string, Phase>()
  const processes = new Set<string>()
  let current = ''
  const settle = () => {
    const all = [...phases.values()]
    while (all.reduce((sum, phase) => sum + phase.bytes, 0) > bytes && all.some(({ kept }) => kept.length > 1))
      thin(all.reduce((a, b) => (b.kept.length > 1 && b.bytes > a.bytes ? b : a)))
  }
  return {
    add: row => {
      for (const name of Object.keys(row.rewards)) processes.add(name)
      const phase = phases.get(row.phase) ?? { phase: row.phase, of: 0, every: 1, bytes: 0, kept: [] }
      phases.set(row.phase, phase)
      const key = JSON.stringify([row.phase, row.step, row.id])
      if (key !== current) {
        current = key
        settle()
        phase.of += 1
        if ((phase.of - 1) % phase.every === 0) phase.kept.push({ nth: phase.of - 1, rows: [], bytes: 0 })
      }
      const last = phase.kept.at(-1)
      if (last?.nth !== phase.of - 1) return
      const size = JSON.stringify(row).length
      last.rows.push(row)
      last.bytes += size
      phase.bytes += size
    },
    all: () => {
      settle()
      const names = [...processes]
      return {
        processes: names,
        groups: [...phases.values()].flatMap(({ kept }) => kept.flatMap(one => groupOf(one, names))),
        phases: [...phases.values()].map(({ phase, of, every }) => ({ phase, of, every })),
      }
    },
  }
}
