import { setFlagsFromString } from 'node:v8'
import { kernels } from './kernel.ts'

/** How the kernel adds a product: in one instruction that rounds once (relaxed SIMD), or in two. */
export type Arithmetic = keyof typeof kernels

export interface Compiled {
  readonly module: WebAssembly.Module
  readonly arithmetic: Arithmetic
}

const flag = 'experimental-wasm-relaxed-simd'

/** Node 20 has relaxed SIMD behind a flag, which counts while a module is compiled: it is set for as long. Later ones just have it. */
const compileFused = (): WebAssembly.Module | undefined => {
  const code = Buffer.from(kernels.fused, 'base64')
  if (WebAssembly.validate(code)) return new WebAssembly.Module(code)
  setFlagsFromString(`--${flag}`)
  try {
    return WebAssembly.validate(code) ? new WebAssembly.Module(code) : undefined
  } finally {
    setFlagsFromString(`--no-${flag}`)
  }
}

/** Compiled once a process, when first asked for. */
let fused: { readonly module: WebAssembly.Module | undefined } | undefined
let plain: WebAssembly.Module | undefined

/** The kernel with the arithmetic asked for, or with the better one that there is. Fused is not everywhere to be had. */
export const compiled = (asked?: Arithmetic): Compiled | undefined => {
  if (asked !== 'plain') {
    fused ??= { module: compileFused() }
    if (fused.module !== undefined) return { module: fused.module, arithmetic: 'fused' }
  }
  if (asked === 'fused') return undefined
  plain ??= new WebAssembly.Module(Buffer.from(kernels.plain, 'base64'))
  return { module: plain, arithmetic: 'plain' }
}
