import { randomUUID } from 'node:crypto'
import { rm, stat } from 'node:fs/promises'
import { join, posix } from 'node:path'
import { either as E } from 'fp-ts'
import { fault } from '../../flow/index.ts'
import type { Engine, EngineFault } from '../engine.ts'
import { insist } from '../tinker/remote/insist.ts'
import type { Link } from '../tinker/remote/link.ts'
import { badAnswer } from './link.ts'
import { modelsOf } from './models.ts'
import type { VllmOptions } from './options.ts'

/** Adapters of one run on a server: each step's has a name of its own, so that nothing cached of an old one is taken for it. */
export interface Adapters {
  /** Writes the trainer's adapter down and has the server load it; gives its name. */
  readonly publish: (trainer: Engine, signal?: AbortSignal) => Promise<E.Either<EngineFault, string>>
  /** Tells the server that an adapter is not asked for any more, and removes its folder; what it answers does not matter. */
  readonly retire: (name: string) => void
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )

const notAnAdapter = (folder: string): EngineFault =>
  fault(
    'BadAdapter',
    `${folder} holds no adapter_config.json after the policy was saved: it trains all of its weights`,
    'Train a low-rank adapter (adapter: { rank }): vLLM reloads adapters while it runs, and no whole weights that Node could send.',
  )

const notAllowed = (wrong: EngineFault): EngineFault =>
  wrong._tag === 'Refused' && /\b404\b/.test(wrong.cause)
    ? fault(
        'Refused',
        wrong.cause,
        'Start vLLM with --enable-lora, --max-lora-rank, and VLLM_ALLOW_RUNTIME_LORA_UPDATING=True in its environment.',
      )
    : wrong

/** Whether the server lists an adapter as it was asked to. */
const isListed = async (
  link: Link,
  { name, path, base }: { readonly name: string; readonly path: string; readonly base: string },
  signal?: AbortSignal,
): Promise<E.Either<EngineFault, void>> => {
  const all = await modelsOf(link, signal)
  if (E.isLeft(all)) return all
  const found = all.right.find(({ id }) => id === name)
  if (found === undefined)
    return E.left(badAnswer(link, 'v1/load_lora_adapter', `it says that it loaded ${name}, and does not list it`))
  if (found.root !== undefined && found.root !== path)
    return E.left(badAnswer(link, 'v1/load_lora_adapter', `it lists ${name} as of ${found.root}, not of ${path}`))
  return found.parent === undefined || found.parent === base
    ? E.right(undefined)
    : E.left(badAnswer(link, 'v1/load_lora_adapter', `it lists ${name} over ${found.parent}, not over ${base}`))
}

/**
 * Adapters go by file: the trainer writes them into a folder that the server reads (`vllm/entrypoints/serve/lora/api_router.py`,
 * `POST /v1/load_lora_adapter`). A load that is sent again after a lost answer may be answered with "already loaded": what counts is
 * what the server lists.
 */
export const adaptersOf = (
  link: Link,
  { adapters, adaptersThere = adapters }: Pick<VllmOptions, 'adapters' | 'adaptersThere'>,
  base: string,
): Adapters => {
  const run = randomUUID().slice(0, 8)
  let step = 0
  return {
    publish: async (trainer, signal) => {
      const name = `kinograd-${run}-${step++}`
      const folder = join(adapters, name)
      const saved = await trainer.save(folder, signal)()
      if (E.isLeft(saved)) return saved
      if (!(await exists(join(folder, 'adapter_config.json')))) return E.left(notAnAdapter(folder))
      const path = posix.join(adaptersThere, name)
      const loaded = await insist(link, {
        verb: 'v1/load_lora_adapter',
        body: { lora_name: name, lora_path: path },
        ...{ signal, reads: 'text' },
      })
      const again = E.isLeft(loaded) && /already/i.test(loaded.left.cause)
      if (E.isLeft(loaded) && !again) return E.left(notAllowed(loaded.left))
      return E.map(() => name)(await isListed(link, { name, path, base }, signal))
    },
    retire: name => {
      const leave = async (): Promise<void> => {
        await link.send({ verb: 'v1/unload_lora_adapter', body: { lora_name: name }, seconds: 30, reads: 'text' })
        await rm(join(adapters, name), { recursive: true, force: true }).catch(() => undefined)
      }
      void leave()
    },
  }
}
