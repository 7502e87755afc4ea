import { exp, inverseRms, madd, multiply, rotate, softmax } from './arithmetic'
import { addLow, multiplyStored } from './stored'
import { at, barrier, h, Header, Layer, rowBytes, waitWhile } from './shared'
import { findLargest, weigh } from './weigh'

/**
 * One step of decoding: the next token of every row at once, from hidden states to what it is drawn from. AssemblyScript, compiled by
 * `npm run kernel` into ../kernel.ts. Every thread of a call runs `step` on the same memory, each on its share of the
 * outputs, and meets the others at `barrier`; an output is computed by one thread in one order, so that the number of
 * threads changes no digit.
 *
 * Rows stand in blocks of 8, and every activation is [block][feature][8 rows]: a vector holds one feature of four rows,
 * a weight is spread over them, and whatever is a sum over features is a sum of vectors. Blocks whose rows have all ended
 * are left out; the others close up, and `live` says which they are. Weights are as they are stored,
 * [outputs, inputs]; four rows of them, far apart, are read side by side, which is what memory gives its full width to.
 *
 * A prompt's keys [prompt, kvHeads, places, headDim] and values [prompt, kvHeads, headDim, places] serve as weights. A
 * block whose rows have several prompts is attended once for each of them. A row's own keys and values are
 * [block][kvHead][token][headDim][8 rows].
 */

/** The first of the outputs that a thread computes, in whole groups of four. */
function share(outputs: i32, thread: i32): i32 {
  return min(outputs, ((((outputs + 3) / 4) * thread) / h.threads) * 4)
}

/** y[n] ← y[n] · inverse rms of its row + bias[n]. */
function scaleRows(y: usize, yStep: usize, bias: usize, from: i32, to: i32): void {
  for (let b = 0; b < h.blocks; b++) {
    const x = h.state + <usize>b * <usize>h.hidden * rowBytes
    const low = inverseRms(x), high = inverseRms(x + 16)
    for (let n = from; n < to; n++) {
      const ys = y + <usize>b * yStep + <usize>n * rowBytes
      const add = v128.load32_splat(bias + (<usize>n << 2))
      v128.store(ys, madd(v128.load(ys), low, add))
      v128.store(ys, madd(v128.load(ys, 16), high, add), 16)
    }
  }
}

/** y[n] ← (y[n], scaled where it is of a query) + bias[n]; the biases of queries come scaled. */
function finishRows(y: usize, yStep: usize, bias: usize, from: i32, to: i32): void {
  const queries = h.heads * h.headDim
  for (let b = 0; b < h.blocks; b++)
    for (let n = from; n < to; n++) {
      const ys = y + <usize>b * yStep + <usize>n * rowBytes
      const add = v128.load32_splat(bias + (<usize>n << 2))
      const factor = f32x4.splat(n < queries ? h.queryScale : 1)
      v128.store(ys, madd(v128.load(ys), factor, add))
      v128.store(ys, madd(v128.load(ys, 16), factor, add), 16)
    }
}

/** All bits of the lanes whose rows belong to a prompt; the first of the four rows is given. */
function lanesOf(prompt: i32, row: i32): v128 {
  const rows = i32x4.add(i32x4.splat(row), i32x4(0, 1, 2, 3))
  const from = i32x4.splat(prompt * h.perPrompt), to = i32x4.splat((prompt + 1) * h.perPrompt)
  return v128.and(i32x4.ge_s(rows, from), i32x4.lt_s(rows, to))
}

/** q·k of each row with its own tokens: two tokens side by side, four sums. */
function scoreOwn(q: usize, keys: usize, scores: usize, own: i32): void {
  const headBytes = <usize>h.headDim * rowBytes
  for (let t = 0; t < own; t += 2) {
    // The last one of an odd number is done twice.
    const k0 = keys + <usize>t * headBytes, s0 = scores + <usize>t * rowBytes
    const both = t + 1 < own
    const k1 = both ? k0 + headBytes : k0, s1 = both ? s0 + rowBytes : s0
    let a0 = f32x4.splat(0), b0 = a0, a1 = a0, b1 = a0
    for (let i: usize = 0; i < headBytes; i += rowBytes) {
      const low = v128.load(q + i), high = v128.load(q + i, 16)
      a0 = madd(low, v128.load(k0 + i), a0); b0 = madd(high, v128.load(k0 + i, 16), b0)
      a1 = madd(low, v128.load(k1 + i), a1); b1 = madd(high, v128.load(k1 + i, 16), b1)
    }
    v128.store(s0, a0); v128.store(s0, b0, 16)
    v128.store(s1, a1); v128.store(s1, b1, 16)
  }
}

/** sums[d] ← sums[d] + Σ_t score[t]·value[t][d] of each row's own tokens: two features side by side (a head has an even number). */
function mixOwn(scores: usize, values: usize, sums: usize, own: i32): void {
  const headBytes = <usize>h.headDim * rowBytes
  for (let i: usize = 0; i < headBytes; i += 2 * rowBytes) {
    const y = sums + i
    let a0 = v128.load(y), b0 = v128.load(y, 16), a1 = v128.load(y, 32), b1 = v128.load(y, 48)
    let v = values + i
    for (let s = scores, end = scores + <usize>own * rowBytes; s < end; s += rowBytes) {
      const low = v128.load(s), high = v128.load(s, 16)
      a0 = madd(low, v128.load(v), a0); b0 = madd(high, v128.load(v, 16), b0)
      a1 = madd(low, v128.load(v, 32), a1); b1 = madd(high, v128.load(v, 48), b1)
      v += headBytes
    }
    v128.store(y, a0); v128.store(y, b0, 16); v128.store(y, a1, 32); v128.store(y, b1, 48)
  }
}

/** What one head of the rows of one block, `place` in the rollout, that belong to `prompt` takes from the prompt and from their own tokens. */
function attend(layer: Layer, block: i32, place: i32, head: i32, prompt: i32, scores: usize): void {
  const kv = head / (h.heads / h.kvHeads)
  const length = load<i32>(h.lengths + (<usize>prompt << 2))
  const own = h.tokens + 1
  const headBytes = <usize>h.headDim * rowBytes
  const q = h.queriesKeysValues + (<usize>block * <usize>(h.heads + 2 * h.kvHeads) + <usize>head) * headBytes
  const ofPrompt = (<usize>prompt * <usize>h.kvHeads + <usize>kv) * <usize>h.places * <usize>h.headDim << 2
  const cache = (<usize>place * <usize>h.kvHeads + <usize>kv) * <usize>h.capacity * headBytes
  const rest = scores + <usize>h.places * rowBytes
  multiply(layer.promptKeys + ofPrompt, q, scores, h.headDim, 0, length, 1, 0, 0)
  scoreOwn(q, layer.keys + cache, rest, own)
  const low = softmax(scores, length, own), high = softmax(scores + 16, length, own)
  const sums = rest + <usize>h.capacity * rowBytes
  multiply(layer.promptValues + ofPrompt, scores, sums, h.places, 0, h.headDim, 1, 0, 0)
  mixOwn(rest, layer.values + cache, sums, own)
  const lowLanes = lanesOf(prompt, place * 8), highLanes = lanesOf(prompt, place * 8 + 4)
  const y = h.mixed + (<usize>block * <usize>h.heads + <usize>head) * headBytes
  for (let i: usize = 0; i < headBytes; i += rowBytes) {
    v128.store(y + i, v128.bitselect(f32x4.mul(v128.load(sums + i), low), v128.load(y + i), lowLanes))
    v128.store(y + i, v128.bitselect(f32x4.mul(v128.load(sums + i, 16), high), v128.load(y + i, 16), highLanes), 16)
  }
}

/** Turns queries and keys, keeps keys and values, and attends: one key head of one block, with the heads that share it. */
function attention(layer: Layer, thread: i32): void {
  const headBytes = <usize>h.headDim * rowBytes
  const repeat = h.heads / h.kvHeads
  const scores = h.scores + <usize>thread * <usize>(h.places + h.capacity + h.headDim) * rowBytes
  for (let unit = thread; unit < h.blocks * h.kvHeads; unit += h.threads) {
    const block = unit / h.kvHeads, kv = unit % h.kvHeads
    const place = load<i32>(h.live + (<usize>block << 2))
    const base = h.queriesKeysValues + <usize>block * <usize>(h.heads + 2 * h.kvHeads) * headBytes
    const turn = <usize>block * (headBytes / 2)
    const cache = ((<usize>place * <usize>h.kvHeads + <usize>kv) * <usize>h.capacity + <usize>h.tokens) * headBytes
    const k = base + <usize>(h.heads + kv) * headBytes
    rotate(k, h.cosines + turn, h.sines + turn)
    memory.copy(layer.keys + cache, k, headBytes)
    memory.copy(layer.values + cache, base + <usize>(h.heads + h.kvHeads + kv) * headBytes, headBytes)
    const last = min(h.prompts - 1, (place * 8 + 7) / h.perPrompt)
    for (let r = 0; r < repeat; r++) {
      const head = kv * repeat + r
      rotate(base + <usize>head * headBytes, h.cosines + turn, h.sines + turn)
      for (let prompt = (place * 8) / h.perPrompt; prompt <= last; prompt++)
        attend(layer, block, place, head, prompt, scores)
    }
  }
}

/** x[n] ← x[n] + Σ w[n]·y, the residual, for a thread's share of the features. `sums` is room for them. */
function addProduct(
  w: usize, down: usize, up: usize, rank: i32, y: usize, k: i32, sums: usize, thread: i32,
): void {
  const from = share(h.hidden, thread), to = share(h.hidden, thread + 1)
  const step = <usize>h.hidden * rowBytes
  multiplyStored(w, y, sums, k, from, to, h.blocks, <usize>k * rowBytes, step)
  addLow(down, up, rank, y, sums, k, from, to, <usize>k * rowBytes, step, thread)
  for (let b = 0; b < h.blocks; b++)
    for (let i = <usize>b * step + <usize>from * rowBytes, end = <usize>b * step + <usize>to * rowBytes; i < end; i += 16)
      v128.store(h.state + i, f32x4.add(v128.load(h.state + i), v128.load(sums + i)))
}

/** A norm of the state with its gain, which every thread makes for itself: that is sooner done than waited for. */
function normalise(y: usize, gain: usize): void {
  for (let b = 0; b < h.blocks; b++) {
    const block = <usize>b * <usize>h.hidden * rowBytes
    const x = h.state + block
    const low = inverseRms(x), high = inverseRms(x + 16)
    for (let n = 0; n < h.hidden; n++) {
      const g = v128.load32_splat(gain + (<usize>n << 2))
      const i = <usize>n * rowBytes, o = y + block + i
      v128.store(o, f32x4.mul(f32x4.mul(v128.load(x + i), low), g))
      v128.store(o, f32x4.mul(f32x4.mul(v128.load(x + i, 16), high), g), 16)
    }
  }
}

/** silu(gate·x) · (up·x) of normalised rows, for a thread's share of the intermediate features. The second half of `gated` is room for `up`. */
function gate(layer: Layer, thread: i32): void {
  const from = share(h.intermediate, thread), to = share(h.intermediate, thread + 1)
  const xStep = <usize>h.hidden * rowBytes, step = <usize>h.intermediate * rowBytes
  const up = h.gated + <usize>h.blocks * step
  const x = h.normed + <usize>(thread * h.blocks) * xStep
  normalise(x, layer.gain)
  multiplyStored(layer.gate, x, h.gated, h.hidden, from, to, h.blocks, xStep, step)
  addLow(layer.gateDown, layer.gateUp, layer.gateRank, x, h.gated, h.hidden, from, to, xStep, step, thread)
  multiplyStored(layer.up, x, up, h.hidden, from, to, h.blocks, xStep, step)
  addLow(layer.upDown, layer.upUp, layer.upRank, x, up, h.hidden, from, to, xStep, step, thread)
  for (let b = 0; b < h.blocks; b++)
    for (let i = <usize>b * step + <usize>from * rowBytes, end = <usize>b * step + <usize>to * rowBytes; i < end; i += 16) {
      const g = v128.load(h.gated + i)
      const silu = f32x4.div(g, f32x4.add(f32x4.splat(1), exp(f32x4.neg(g))))
      v128.store(h.gated + i, f32x4.mul(silu, v128.load(up + i)))
    }
}

/** Queries, keys and values of a thread's share: of rows without a norm, which is in the weights, or of normalised ones. */
function project(layer: Layer, thread: i32): void {
  const outputs = (h.heads + 2 * h.kvHeads) * h.headDim
  const xStep = <usize>h.hidden * rowBytes, step = <usize>outputs * rowBytes
  const from = share(outputs, thread), to = share(outputs, thread + 1)
  if (h.stored == 0) {
    multiply(layer.qkv, h.state, h.queriesKeysValues, h.hidden, from, to, h.blocks, xStep, step)
    scaleRows(h.queriesKeysValues, step, layer.qkvBias, from, to)
    return
  }
  const x = h.normed + <usize>(thread * h.blocks) * xStep
  normalise(x, layer.norm)
  multiplyStored(layer.qkv, x, h.queriesKeysValues, h.hidden, from, to, h.blocks, xStep, step)
  addLow(layer.qkvDown, layer.qkvUp, layer.qkvRank, x, h.queriesKeysValues, h.hidden, from, to, xStep, step, thread)
  finishRows(h.queriesKeysValues, step, layer.qkvBias, from, to)
}

/**
 * The step of the layers that lie in this memory, run by every thread. Where the head does too, it ends with what rows are drawn from:
 * `state` [block][hidden][8] → `logits` [block][vocabulary][8].
 */
export function step(thread: i32): void {
  const xStep = <usize>h.hidden * rowBytes
  for (let i = 0; i < h.layers; i++) {
    const layer = changetype<Layer>(h.table + <usize>i * offsetof<Layer>())
    project(layer, thread)
    barrier()
    attention(layer, thread)
    barrier()
    addProduct(layer.out, layer.outDown, layer.outUp, layer.outRank, h.mixed, h.heads * h.headDim, h.gated, thread)
    barrier()
    gate(layer, thread)
    barrier()
    addProduct(
      layer.down, layer.downDown, layer.downUp, layer.downRank, h.gated, h.intermediate, h.queriesKeysValues, thread,
    )
    barrier()
  }
  if (h.head == 0) return
  const from = share(h.vocabulary, thread), to = share(h.vocabulary, thread + 1)
  const normed = h.normed + <usize>(thread * h.blocks) * xStep
  normalise(normed, h.norm)
  multiplyStored(h.head, normed, h.logits, h.hidden, from, to, h.blocks, xStep, <usize>h.width * rowBytes)
  findLargest(from, to, thread)
  barrier()
  weigh(thread)
  barrier()
}

/** A helping thread's part of one call: waits for one after the call `seen`, runs its share, and gives the call's number. */
export function serve(thread: i32, seen: i32): i32 {
  const call = at + offsetof<Header>('call')
  waitWhile(call, seen)
  const now = atomic.load<i32>(call)
  step(thread)
  return now
}

/** Runs one step with the helping threads, as thread 0. */
export function run(): void {
  const call = at + offsetof<Header>('call')
  atomic.add<i32>(call, 1)
  atomic.notify(call, -1)
  step(0)
}
