import type { Contestant, Result, Work } from './contest.ts'

/**
 * One case of one contestant, in a process of its own: `run.js CONTESTANT CASE COUNT CONCURRENCY BYTES`.
 * CASE is `small`, `big`, or `recycled`: big items in buffers that are used again, as a decoder may, so that the memory
 * shows what is alive and not when the garbage collector ran.
 */
const [who = '', kind = 'small', ...numbers] = process.argv.slice(2)
const [count = 0, concurrency = 1, bytes = 0] = numbers.map(Number)
const contestants: Readonly<Record<string, () => Promise<Contestant>>> = {
  ours: async () => (await import('./ours.ts')).ours,
  oursChained: async () => (await import('./ours.ts')).oursChained,
  rxjs: async () => (await import('./peers.ts')).rxjs,
  effect: async () => (await import('./peers.ts')).effect,
  ix: async () => (await import('./peers.ts')).ix,
  readable: async () => (await import('./peers.ts')).readable,
}

let alive = 0
let peakAlive = 0
const begin = () => {
  alive += 1
  peakAlive = Math.max(peakAlive, alive)
}

const free: Uint8Array[] = []
const buffer = (): Uint8Array => (kind === 'recycled' ? free.pop() : undefined) ?? new Uint8Array(bytes).fill(1)

/** Small items pass five steps; big ones are loaded and read. */
const work = (total: number): Work => ({
  concurrency,
  source: function* () {
    for (let n = 0; n < total; n += 1) yield n * 8
  },
  step: async n => {
    if (n % 8 === 0) begin()
    if (n % 8 === 4) alive -= 1
    return n + 1
  },
  load: async () => {
    begin()
    return buffer()
  },
  consume: async data => {
    await new Promise(resolve => setTimeout(resolve, 1))
    alive -= 1
    if (kind === 'recycled') free.push(data)
    return data.length
  },
})

const contestant = await contestants[who]?.()
if (contestant === undefined) throw new Error(`no contestant ${who}`)
const play = kind === 'small' ? contestant.small : contestant.big
if (kind === 'small') await play(work(Math.ceil(count / 10)))
alive = 0
peakAlive = 0
const start = performance.now()
const items = await play(work(count))
const seconds = (performance.now() - start) / 1000
const result: Result = { seconds, items, peakAlive, peakRssBytes: process.resourceUsage().maxRSS * 1024 }
console.log(JSON.stringify(result))
