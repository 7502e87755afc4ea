/** What all threads see: the header, the layers, and where they wait for each other. */

/** What a call computes with; `../layout.ts` writes it word by word in this order. Addresses are in bytes. */
@unmanaged
export class Header {
  threads: i32
  turn: i32
  arrived: i32
  /** Number of the step that is to be run; the threads wait for it to change. Below 0: end. */
  call: i32
  layers: i32
  hidden: i32
  heads: i32
  kvHeads: i32
  headDim: i32
  intermediate: i32
  vocabulary: i32
  /** Blocks of this step: those in which a row goes on. */
  blocks: i32
  prompts: i32
  perPrompt: i32
  /** Room for places of a prompt and tokens of a row: multiples of 8. */
  places: i32
  capacity: i32
  /** Tokens of every row before this one. */
  tokens: i32
  /** Room for outputs of a row: a multiple of 4. */
  width: i32
  epsilon: f32
  inverseTemperature: f32
  table: usize
  lengths: usize
  /** Of each block of this step, which one of the rollout it is. */
  live: usize
  state: usize
  queriesKeysValues: usize
  mixed: usize
  gated: usize
  normed: usize
  scores: usize
  cosines: usize
  sines: usize
  norm: usize
  head: usize
  logits: usize
  rows: usize
  weights: usize
  largest: usize
  sums: usize
  /** Room for what adapters take from rows: so many bytes a thread. */
  low: usize
  lowStep: usize
  /** How the weights are stored: 0 float32, the rest folded into them; 1 bfloat16, 2 eight bits and a factor a row, both as files have them. */
  stored: i32
  /** What queries are multiplied by, where that is not folded into the weights. */
  queryScale: f32
}

/** Addresses of one layer's weights (`norm` is the gain of the first norm where it is not folded into `qkv`, `gain` that of the second), of its caches, and adapters. */
@unmanaged
export class Layer {
  qkv: usize
  qkvBias: usize
  out: usize
  gain: usize
  gate: usize
  up: usize
  down: usize
  promptKeys: usize
  promptValues: usize
  keys: usize
  values: usize
  norm: usize
  qkvDown: usize
  qkvUp: usize
  qkvRank: i32
  outDown: usize
  outUp: usize
  outRank: i32
  gateDown: usize
  gateUp: usize
  gateRank: i32
  upDown: usize
  upUp: usize
  upRank: i32
  downDown: usize
  downUp: usize
  downRank: i32
}

export const at: usize = 64
export const h = changetype<Header>(at)
export const rowBytes: usize = 32

/** Waits until every thread has come here. */
export function barrier(): void {
  if (h.threads == 1) return
  const turn = atomic.load<i32>(at + offsetof<Header>('turn'))
  if (atomic.add<i32>(at + offsetof<Header>('arrived'), 1) == h.threads - 1) {
    atomic.store<i32>(at + offsetof<Header>('arrived'), 0)
    atomic.add<i32>(at + offsetof<Header>('turn'), 1)
    atomic.notify(at + offsetof<Header>('turn'), -1)
  } else waitWhile(at + offsetof<Header>('turn'), turn)
}

/** Looks for a while, then sleeps: the others are rarely late, but another program may have their core. */
export function waitWhile(address: usize, value: i32): void {
  for (let patience = 300000; patience > 0; patience--) if (atomic.load<i32>(address) != value) return
  while (atomic.load<i32>(address) == value) atomic.wait<i32>(address, value, -1)
}

