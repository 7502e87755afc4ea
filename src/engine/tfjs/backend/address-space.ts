import { addressSpaceLimit } from '../../../media/index.ts'

/** What lets WebAssembly do with the address space that there is. */
export const addressSpaceRemedy =
  'Set NODE_OPTIONS=--disable-wasm-trap-handler, which does with little of it, or raise the limit: ulimit -v unlimited.'

/**
 * Why WebAssembly cannot start: V8 reserves 10 GB of addresses for each memory, so that it need not check bounds, and does
 * not get them. Nothing when it does. Asked before tfjs begins, which would print four lines of its own.
 */
export const addressSpaceDoubt = (): string | undefined => {
  try {
    new WebAssembly.Memory({ initial: 1 })
    return undefined
  } catch {
    const limit = addressSpaceLimit()
    const may = limit === undefined ? '' : `, and this process may use ${(limit / 1e9).toFixed(1)} GB (ulimit -v)`
    return `WebAssembly reserves about 10 GB of address space${may}`
  }
}
