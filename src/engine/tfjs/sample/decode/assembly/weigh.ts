import { exp } from './arithmetic'
import { h, rowBytes } from './shared'

/** What a row is drawn from: logits and exponentials in the order of the vocabulary, a row after the other. */

/** Outputs of which the exponentials are summed in one sum: a fixed number, so that the number of threads changes no digit. */
const chunk: i32 = 256

/** The largest logit of every row among a thread's outputs. [thread][block][8] */
export function findLargest(from: i32, to: i32, thread: i32): void {
  for (let b = 0; b < h.blocks; b++) {
    const logits = h.logits + <usize>b * <usize>h.width * rowBytes
    let low = f32x4.splat(-1e30), high = low
    for (let i = <usize>from * rowBytes, end = <usize>to * rowBytes; i < end; i += rowBytes) {
      low = f32x4.pmax(low, v128.load(logits + i))
      high = f32x4.pmax(high, v128.load(logits + i, 16))
    }
    const out = h.largest + <usize>(thread * h.blocks + b) * rowBytes
    v128.store(out, low)
    v128.store(out, high, 16)
  }
}

/** Four outputs of four rows [output][row] → the four places of each row, `stride` apart. */
function turn(at: usize, stride: usize, v0: v128, v1: v128, v2: v128, v3: v128): void {
  const a = v128.shuffle<f32>(v0, v1, 0, 4, 1, 5), b = v128.shuffle<f32>(v2, v3, 0, 4, 1, 5)
  const c = v128.shuffle<f32>(v0, v1, 2, 6, 3, 7), d = v128.shuffle<f32>(v2, v3, 2, 6, 3, 7)
  v128.store(at, v128.shuffle<i64>(a, b, 0, 2))
  v128.store(at + stride, v128.shuffle<i64>(a, b, 1, 3))
  v128.store(at + 2 * stride, v128.shuffle<i64>(c, d, 0, 2))
  v128.store(at + 3 * stride, v128.shuffle<i64>(c, d, 1, 3))
}

/**
 * For a thread's chunks of the vocabulary: logits and exp((logit − largest) / temperature) by rows, and the sums of
 * exp(logit − largest). [block][half][chunk][4]
 */
export function weigh(thread: i32): void {
  const chunks = (h.vocabulary + chunk - 1) / chunk
  const from = (chunks * thread) / h.threads, to = (chunks * (thread + 1)) / h.threads
  const stride = <usize>h.width << 2
  const inverse = f32x4.splat(h.inverseTemperature)
  for (let half = 0; half < 2 * h.blocks; half++) {
    const logits = h.logits + <usize>(half >> 1) * <usize>h.width * rowBytes + (<usize>(half & 1) << 4)
    let largest = f32x4.splat(-1e30)
    for (let t = 0; t < h.threads; t++)
      largest = f32x4.pmax(largest, v128.load(h.largest + (<usize>(2 * t * h.blocks + half) << 4)))
    for (let c = from; c < to; c++) {
      const last = min((c + 1) * chunk, h.vocabulary)
      for (let n = last; n < ((last + 3) & ~3); n++) v128.store(logits + <usize>n * rowBytes, f32x4.splat(-1e30))
      let sum = f32x4.splat(0)
      for (let n = c * chunk; n < last; n += 4) {
        const x = logits + <usize>n * rowBytes
        const v0 = v128.load(x), v1 = v128.load(x, 32), v2 = v128.load(x, 64), v3 = v128.load(x, 96)
        const out = (<usize>(4 * half) * <usize>h.width + <usize>n) << 2
        turn(h.rows + out, stride, v0, v1, v2, v3)
        const d0 = f32x4.sub(v0, largest), d1 = f32x4.sub(v1, largest)
        const d2 = f32x4.sub(v2, largest), d3 = f32x4.sub(v3, largest)
        let e0 = exp(d0), e1 = exp(d1), e2 = exp(d2), e3 = exp(d3)
        sum = f32x4.add(sum, f32x4.add(f32x4.add(e0, e1), f32x4.add(e2, e3)))
        if (h.inverseTemperature != 1) {
          e0 = exp(f32x4.mul(d0, inverse)); e1 = exp(f32x4.mul(d1, inverse))
          e2 = exp(f32x4.mul(d2, inverse)); e3 = exp(f32x4.mul(d3, inverse))
        }
        turn(h.weights + out, stride, e0, e1, e2, e3)
      }
      v128.store(h.sums + (<usize>(half * chunks + c) << 4), sum)
    }
  }
}
