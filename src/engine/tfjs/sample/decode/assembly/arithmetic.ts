import { h, rowBytes } from './shared'

/** a·b + c, rounded once where the kernel is compiled with relaxed SIMD and the processor can. */
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c)
  return f32x4.add(f32x4.mul(a, b), c)
}

/**
 * y[n] = Σ_k w[n][k]·x[k] for the outputs from ≤ n < to, for `blocks` blocks whose x and y lie `xStep` and `yStep` apart.
 * Four outputs at once: 8 sums, 2 of x and 4 of w fit into 16 registers. With more, V8, which loads all before it multiplies,
 * keeps sums in memory.
 */
export function multiply(
  w: usize, x: usize, y: usize, k: i32, from: i32, to: i32, blocks: i32, xStep: usize, yStep: usize,
): void {
  const stride = (<usize>k) << 2
  const fourth = (to - from) / 4
  const wStep = <usize>fourth * stride, out = <usize>fourth * rowBytes
  for (let n = from; n < from + fourth; n++) {
    for (let b = 0; b < blocks; b++) {
      let w0 = w + (<usize>n) * stride
      let w1 = w0 + wStep, w2 = w1 + wStep, w3 = w2 + wStep
      let xs = x + (<usize>b) * xStep
      let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0
      let b0 = a0, b1 = a0, b2 = a0, b3 = a0
      for (const end = xs + ((<usize>k) << 5); xs < end; xs += rowBytes) {
        const low = v128.load(xs), high = v128.load(xs, 16)
        let s = v128.load32_splat(w0)
        a0 = madd(s, low, a0); b0 = madd(s, high, b0)
        s = v128.load32_splat(w1)
        a1 = madd(s, low, a1); b1 = madd(s, high, b1)
        s = v128.load32_splat(w2)
        a2 = madd(s, low, a2); b2 = madd(s, high, b2)
        s = v128.load32_splat(w3)
        a3 = madd(s, low, a3); b3 = madd(s, high, b3)
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
        low = madd(s, v128.load(xs), low)
        high = madd(s, v128.load(xs, 16), high)
        xs += rowBytes
      }
      const ys = y + (<usize>b) * yStep + (<usize>n) * rowBytes
      v128.store(ys, low); v128.store(ys, high, 16)
    }
}

/** exp of each lane, within 2 ulp, of at most 88; below −87 it is 0. Cephes' expf: 2ⁿ times a polynomial on [−ln 2 / 2, ln 2 / 2]. */
export function exp(value: v128): v128 {
  const live = v128.not(f32x4.lt(value, f32x4.splat(-87)))
  const x = f32x4.min(value, f32x4.splat(88))
  const n = f32x4.nearest(f32x4.mul(x, f32x4.splat(1.44269504088896341)))
  let r = f32x4.sub(x, f32x4.mul(n, f32x4.splat(0.693359375)))
  r = f32x4.sub(r, f32x4.mul(n, f32x4.splat(-2.12194440e-4)))
  let p = f32x4.splat(1.9875691500e-4)
  p = madd(p, r, f32x4.splat(1.3981999507e-3))
  p = madd(p, r, f32x4.splat(8.3334519073e-3))
  p = madd(p, r, f32x4.splat(4.1665795894e-2))
  p = madd(p, r, f32x4.splat(1.6666665459e-1))
  p = madd(p, r, f32x4.splat(5.0000001201e-1))
  p = f32x4.add(madd(p, f32x4.mul(r, r), r), f32x4.splat(1))
  const scale = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23)
  return v128.and(f32x4.mul(p, scale), live)
}

/** 1 / √(mean x² + ε) of four rows, summed over all features of a block. */
export function inverseRms(x: usize): v128 {
  let sum = f32x4.splat(0)
  for (const end = x + (<usize>h.hidden) * rowBytes; x < end; x += rowBytes) {
    const v = v128.load(x)
    sum = madd(v, v, sum)
  }
  const mean = f32x4.div(sum, f32x4.splat(<f32>h.hidden))
  return f32x4.div(f32x4.splat(1), f32x4.sqrt(f32x4.add(mean, f32x4.splat(h.epsilon))))
}

/** x·cos + rotate_half(x)·sin over one head, in place. */
export function rotate(x: usize, cos: usize, sin: usize): void {
  const half = (<usize>h.headDim / 2) * rowBytes
  for (let i: usize = 0; i < half; i += 16) {
    const a = v128.load(x + i), b = v128.load(x + half + i)
    const c = v128.load(cos + i), s = v128.load(sin + i)
    v128.store(x + i, f32x4.sub(f32x4.mul(a, c), f32x4.mul(b, s)))
    v128.store(x + half + i, f32x4.add(f32x4.mul(b, c), f32x4.mul(a, s)))
  }
}

/** Attention of four rows over scores that lie in memory: softmax in place. Places from `length` to `places` become 0. */
export function softmax(scores: usize, length: i32, own: i32): v128 {
  const rest = scores + <usize>h.places * rowBytes
  let top = f32x4.splat(-1e30)
  for (let j = 0; j < length; j++) top = f32x4.max(top, v128.load(scores + <usize>j * rowBytes))
  for (let j = 0; j < own; j++) top = f32x4.max(top, v128.load(rest + <usize>j * rowBytes))
  let sum = f32x4.splat(0)
  for (let j = 0; j < length; j++) {
    const e = exp(f32x4.sub(v128.load(scores + <usize>j * rowBytes), top))
    v128.store(scores + <usize>j * rowBytes, e)
    sum = f32x4.add(sum, e)
  }
  for (let j = length; j < h.places; j++) v128.store(scores + <usize>j * rowBytes, f32x4.splat(0))
  for (let j = 0; j < own; j++) {
    const e = exp(f32x4.sub(v128.load(rest + <usize>j * rowBytes), top))
    v128.store(rest + <usize>j * rowBytes, e)
    sum = f32x4.add(sum, e)
  }
  return f32x4.div(f32x4.splat(1), sum)
}

