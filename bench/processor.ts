import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'

/** The vector instructions that decide how quick a loop of numbers can be, in the order in which they came. */
const telling = ['sse4_2', 'avx', 'avx2', 'fma', 'avx512f', 'avx512_bf16', 'amx_tile', 'asimd', 'sve', 'sve2']

/** The flags of the first processor, where the system says them (Linux). */
const flags = (): readonly string[] => {
  try {
    const line = /^(?:flags|Features)\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))
    return line?.[1]?.trim().split(/\s+/) ?? []
  } catch {
    return []
  }
}

/** What ran a bench, for ratios differ by processor: its name, its vector instructions, how many cores, and Node's version. */
export const processor = (): {
  readonly name: string
  readonly vectors: readonly string[]
  readonly cores: number
  readonly node: string
} => {
  const found = new Set(flags())
  const all = cpus()
  return {
    name: all[0]?.model.trim() ?? 'unknown',
    vectors: telling.filter(flag => found.has(flag)),
    cores: all.length,
    node: process.version,
  }
}
