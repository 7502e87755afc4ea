import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { either as E } from 'fp-ts'
import type { Engine } from 'kinograd/engine'
import { type PeerCase, type PeerKind, type PeerResult, peer } from '../peers/qwen25vl.ts'
import { done } from './model.ts'

/**
 * Runs Hugging Face on the weights of an engine when peers are wanted and there; says why not otherwise. Call it before the engine
 * has worked: the memory of a process that has trained stays taken, and large cases need all there is.
 */
export const beside = async (
  wanted: boolean,
  kind: PeerKind,
  engine: Engine,
  given: PeerCase,
): Promise<PeerResult | undefined> => {
  if (!wanted) {
    console.log('no peer: run with --peers (bench/peers/requirements.txt)')
    return undefined
  }
  const folder = await mkdtemp(join(tmpdir(), 'kinograd-bench-'))
  try {
    await done(engine.save(folder))
    const result = await peer(kind, folder, join(folder, 'case'), given)
    if (E.isRight(result)) return result.right
    console.log(`no peer: ${result.left}`)
    return undefined
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

export const peerName = (result: PeerResult | undefined): string | null =>
  result === undefined
    ? null
    : `transformers ${result.transformers}, torch ${result.torch}${result.matmulPrecision === 'medium' ? ', products in bfloat16' : ''}`
