import { madd, multiply } from './arithmetic'
import { h, rowBytes } from './shared'

/** Products of weights as files have them. The order of sums is that of `multiply`. */

/** `multiply` of weights in bfloat16: two in a word, each the upper half of a float32. */
function multiplyBrain(
  w: usize, x: usize, y: usize, k: i32, from: i32, to: i32, blocks: i32, xStep: usize, yStep: usize,
): void {
  const stride = (<usize>k) << 1
  const fourth = (to - from) / 4
  const wStep = <usize>fourth * stride, out = <usize>fourth * rowBytes
  const upper = i32x4.splat(-65536)
  for (let n = from; n < from + fourth; n++) {
    for (let b = 0; b < blocks; b++) {
      let w0 = w + (<usize>n) * stride
      let w1 = w0 + wStep, w2 = w1 + wStep, w3 = w2 + wStep
      let xs = x + (<usize>b) * xStep
      let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0
      let b0 = a0, b1 = a0, b2 = a0, b3 = a0
      for (const end = xs + ((<usize>k) << 5); xs < end; xs += 2 * rowBytes) {
        const low = v128.load(xs), high = v128.load(xs, 16)
        const s0 = v128.load32_splat(w0), s1 = v128.load32_splat(w1)
        const s2 = v128.load32_splat(w2), s3 = v128.load32_splat(w3)
        let s = i32x4.shl(s0, 16)
        a0 = madd(s, low, a0); b0 = madd(s, high, b0)
        s = i32x4.shl(s1, 16)
        a1 = madd(s, low, a1); b1 = madd(s, high, b1)
        s = i32x4.shl(s2, 16)
        a2 = madd(s, low, a2); b2 = madd(s, high, b2)
        s = i32x4.shl(s3, 16)
        a3 = madd(s, low, a3); b3 = madd(s, high, b3)
        const low1 = v128.load(xs, 32), high1 = v128.load(xs, 48)
        s = v128.and(s0, upper)
        a0 = madd(s, low1, a0); b0 = madd(s, high1, b0)
        s = v128.and(s1, upper)
        a1 = madd(s, low1, a1); b1 = madd(s, high1, b1)
        s = v128.and(s2, upper)
        a2 = madd(s, low1, a2); b2 = madd(s, high1, b2)
        s = v128.and(s3, upper)
        a3 = madd(s, low1, a3); b3 = madd(s, high1, b3)
        w0 += 4; w1 += 4; w2 += 4; w3 += 4
      }
      let ys = y + (<usize>b) * yStep + (<usize>n) * rowBytes
      v128.store(ys, a0); v128.store(ys, b0, 16); ys += out
      v128.store(ys, a1); v128.store(ys, b1, 16); ys += out
      v128.store(ys, a2); v128.store(ys, b2, 16); ys += out
      v128.store(ys, a3); v128.store(ys, b3, 16)
    }
  }
  for (let n = from + 4 * fourth; n < to; n++)
    for (let b = 0; b < blocks; b++) {
      let ws = w + (<usize>n) * stride
      let xs = x + (<usize>b) * xStep
      let low = f32x4.splat(0), high = low
      for (const end = ws + stride; ws < end; ws += 4) {
        const s = v128.load32_splat(ws)
        let t = i32x4.shl(s, 16)
        low = madd(t, v128.load(xs), low)
        high = madd(t, v128.load(xs, 16), high)
        t = v128.and(s, upper)
        low = madd(t, v128.load(xs, 32), low)
        high = madd(t, v128.load(xs, 48), high)
        xs += 2 * rowBytes
      }
      const ys = y + (<usize>b) * yStep + (<usize>n) * rowBytes
      v128.store(ys, low); v128.store(ys, high, 16)
    }
}

/** Four weights of eight bits as float32. */
@inline
function four(w: usize): v128 {
  return f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(i16x8.extend_low_i8x16_s(v128.load32_zero(w))))
}

/** `multiply` of weights in eight bits, whose factor stands behind each row. */
function multiplyBytes(
  w: usize, x: usize, y: usize, k: i32, from: i32, to: i32, blocks: i32, xStep: usize, yStep: usize,
): void {
  const stride = (<usize>k) + 4
  const fourth = (to - from) / 4
  const wStep = <usize>fourth * stride, out = <usize>fourth * rowBytes
  for (let n = from; n < from + fourth; n++) {
    for (let b = 0; b < blocks; b++) {
      let w0 = w + (<usize>n) * stride
      let w1 = w0 + wStep, w2 = w1 + wStep, w3 = w2 + wStep
      let xs = x + (<usize>b) * xStep
      let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0
      let b0 = a0, b1 = a0, b2 = a0, b3 = a0
      for (const end = xs + ((<usize>k) << 5); xs < end; xs += 4 * rowBytes) {
        const q0 = four(w0), q1 = four(w1), q2 = four(w2), q3 = four(w3)
        let low = v128.load(xs), high = v128.load(xs, 16)
        let s = v128.shuffle<f32>(q0, q0, 0, 0, 0, 0)
        a0 = madd(s, low, a0); b0 = madd(s, high, b0)
        s = v128.shuffle<f32>(q1, q1, 0, 0, 0, 0)
        a1 = madd(s, low, a1); b1 = madd(s, high, b1)
        s = v128.shuffle<f32>(q2, q2, 0, 0, 0, 0)
        a2 = madd(s, low, a2); b2 = madd(s, high, b2)
        s = v128.shuffle<f32>(q3, q3, 0, 0, 0, 0)
        a3 = madd(s, low, a3); b3 = madd(s, high, b3)
        low = v128.load(xs, 32); high = v128.load(xs, 48)
        s = v128.shuffle<f32>(q0, q0, 1, 1, 1, 1)
        a0 = madd(s, low, a0); b0 = madd(s, high, b0)
        s = v128.shuffle<f32>(q1, q1, 1, 1, 1, 1)
        a1 = madd(s, low, a1); b1 = madd(s, high, b1)
        s = v128.shuffle<f32>(q2, q2, 1, 1, 1, 1)
        a2 = madd(s, low, a2); b2 = madd(s, high, b2)
        s = v128.shuffle<f32>(q3, q3, 1, 1, 1, 1)
        a3 = madd(s, low, a3); b3 = madd(s, high, b3)
        low = v128.load(xs, 64); high = v128.load(xs, 80)
        s = v128.shuffle<f32>(q0, q0, 2, 2, 2, 2)
        a0 = madd(s, low, a0); b0 = madd(s, high, b0)
        s = v128.shuffle<f32>(q1, q1, 2, 2, 2, 2)
        a1 = madd(s, low, a1); b1 = madd(s, high, b1)
        s = v128.shuffle<f32>(q2, q2, 2, 2, 2, 2)
        a2 = madd(s, low, a2); b2 = madd(s, high, b2)
        s = v128.shuffle<f32>(q3, q3, 2, 2, 2, 2)
        a3 = madd(s, low, a3); b3 = madd(s, high, b3)
        low = v128.load(xs, 96); high = v128.load(xs, 112)
        s = v128.shuffle<f32>(q0, q0, 3, 3, 3, 3)
        a0 = madd(s, low, a0); b0 = madd(s, high, b0)
        s = v128.shuffle<f32>(q1, q1, 3, 3, 3, 3)
        a1 = madd(s, low, a1); b1 = madd(s, high, b1)
        s = v128.shuffle<f32>(q2, q2, 3, 3, 3, 3)
        a2 = madd(s, low, a2); b2 = madd(s, high, b2)
        s = v128.shuffle<f32>(q3, q3, 3, 3, 3, 3)
        a3 = madd(s, low, a3); b3 = madd(s, high, b3)
        w0 += 4; w1 += 4; w2 += 4; w3 += 4
      }
      // What is read now are the factors.
      let ys = y + (<usize>b) * yStep + (<usize>n) * rowBytes
      let f = v128.load32_splat(w0)
      v128.store(ys, f32x4.mul(a0, f)); v128.store(ys, f32x4.mul(b0, f), 16); ys += out
      f = v128.load32_splat(w1)
      v128.store(ys, f32x4.mul(a1, f)); v128.store(ys, f32x4.mul(b1, f), 16); ys += out
      f = v128.load32_splat(w2)
      v128.store(ys, f32x4.mul(a2, f)); v128.store(ys, f32x4.mul(b2, f), 16); ys += out
      f = v128.load32_splat(w3)
      v128.store(ys, f32x4.mul(a3, f)); v128.store(ys, f32x4.mul(b3, f), 16)
    }
  }
  for (let n = from + 4 * fourth; n < to; n++)
    for (let b = 0; b < blocks; b++) {
      let ws = w + (<usize>n) * stride
      let xs = x + (<usize>b) * xStep
      let low = f32x4.splat(0), high = low
      for (const end = ws + <usize>k; ws < end; ws++) {
        const s = f32x4.splat(<f32>load<i8>(ws))
        low = madd(s, v128.load(xs), low)
        high = madd(s, v128.load(xs, 16), high)
        xs += rowBytes
      }
      const f = v128.load32_splat(ws)
      const ys = y + (<usize>b) * yStep + (<usize>n) * rowBytes
      v128.store(ys, f32x4.mul(low, f)); v128.store(ys, f32x4.mul(high, f), 16)
    }
}

/** `multiply` of the model's weights, however they are stored. */
export function multiplyStored(
  w: usize, x: usize, y: usize, k: i32, from: i32, to: i32, blocks: i32, xStep: usize, yStep: usize,
): void {
  if (h.stored == 1) multiplyBrain(w, x, y, k, from, to, blocks, xStep, yStep)
  else if (h.stored == 2) multiplyBytes(w, x, y, k, from, to, blocks, xStep, yStep)
  else multiply(w, x, y, k, from, to, blocks, xStep, yStep)
}

/** y[n] ← y[n] + Σ up[n]·(down·x), what an adapter adds. Every thread makes down·x for itself: that is sooner done than waited for. */
export function addLow(
  down: usize, up: usize, rank: i32, x: usize, y: usize, k: i32, from: i32, to: i32, xStep: usize, yStep: usize,
  thread: i32,
): void {
  if (rank == 0) return
  const low = h.low + <usize>thread * h.lowStep, lowStep = <usize>rank * rowBytes
  multiply(down, x, low, k, 0, rank, h.blocks, xStep, lowStep)
  for (let b = 0; b < h.blocks; b++)
    for (let n = from; n < to; n++) {
      const ys = y + <usize>b * yStep + <usize>n * rowBytes
      let xs = low + <usize>b * lowStep
      let ws = up + <usize>n * (<usize>rank << 2)
      let a = v128.load(ys), c = v128.load(ys, 16)
      for (const end = ws + (<usize>rank << 2); ws < end; ws += 4) {
        const s = v128.load32_splat(ws)
        a = madd(s, v128.load(xs), a)
        c = madd(s, v128.load(xs, 16), c)
        xs += rowBytes
      }
      v128.store(ys, a); v128.store(ys, c, 16)
    }
}
