/** Follows which pictures may show damage while packets are sent in decode order. */
export interface DamageTrack {
  readonly sent: (tick: number, key: boolean) => void
  /** The packet or picture of this tick is damaged. */
  readonly found: (tick: number) => void
  readonly shows: (tick: number) => boolean
}

/**
 * A damaged picture taints itself and all that are decoded after it, up to the next key packet: they may refer to it,
 * and nothing cheaper than decoding twice would tell whether they do.
 */
export const damageTrack = (): DamageTrack => {
  /** Ticks sent since the last key packet, in decode order. */
  let group: number[] = []
  const tainted = new Set<number>()
  let tainting = false
  return {
    sent: (tick, key) => {
      if (key) {
        group = []
        tainting = false
      }
      group.push(tick)
      if (tainting) tainted.add(tick)
    },
    found: tick => {
      tainted.add(tick)
      const from = group.indexOf(tick)
      if (from < 0) return
      tainting = true
      for (const later of group.slice(from)) tainted.add(later)
    },
    shows: tick => tainted.has(tick),
  }
}
