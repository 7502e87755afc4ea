import { either as E, function as F, taskEither as TE } from 'fp-ts'
import type { Completion, Engine, Prompt, Sampling } from '../engine/index.ts'
import type { Adding, AddingToMembers, Batch } from '../flow/index.ts'
import { stage } from '../flow/index.ts'
import type { Template } from '../process/index.ts'
import { assignTokens, parseProcesses } from '../process/index.ts'
import type { HasGroup, HasPrompt, HasRecord, HasRollouts, Rollout } from './items.ts'
import { recordId } from './items.ts'

/** What errors call a batch. */
export const batchName = ({ index }: Batch<unknown>): string => `batch ${index}`

/** Who samples, and how. */
export interface RolloutOptions {
  readonly engine: Engine
  /** Settings by batch: a new seed for each. */
  readonly sampling: (batch: number) => Sampling
}

/**
 * A stage that samples completions of one prompt of every member of a batch, all in step, and joins them as `named` says. Members that are
 * not `wanted` get no completion.
 */
export const sampling = <N, P extends object>(
  name: string,
  options: RolloutOptions,
  promptOf: (item: N) => Prompt,
  named: (group: readonly Completion[]) => P,
  wanted: (item: N) => boolean = () => true,
): AddingToMembers<N, P> =>
  stage.addingToMembers({ name, item: batchName }, ({ index, items }: Batch<N>, signal) => {
    const asked = items.filter(wanted)
    if (asked.length === 0 && items.length > 0) return TE.right(items.map(() => named([])))
    return F.pipe(
      options.engine.sample(asked.map(promptOf), options.sampling(index), signal),
      TE.map(groups => {
        const rest = [...groups]
        const placed = items.flatMap(item => (wanted(item) ? rest.splice(0, 1) : [[]]))
        return [...placed, ...rest].map(named)
      }),
    )
  })

/** A record with its prompt. */
interface Asked extends HasRecord, HasPrompt {}

/**
 * Samples G completions for every prompt of a batch, all of them together, so that the weights are read once for all. Reads `prompt`,
 * adds `group` to every member, in order. `sampling` is asked once a batch with its number: give every batch a seed of its own. Holds
 * token ids and log-probabilities, no text. Left: the faults of the engine (`BadSampling`, `TooLong`, `Cancelled`, …); they cost the
 * whole batch.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import type { VideoRecord } from 'kinograd/dataset'
 * import { tinyPolicy } from 'kinograd/engine/tfjs'
 * import { batch, items } from 'kinograd/flow'
 * import { rollout } from 'kinograd/stages'
 * import { firstValueFrom } from 'rxjs'
 *
 * const more = { options: [], path: 'a.mp4', source: '' }
 * const record: VideoRecord = { ...more, id: 'a', problem: 'How many balls?', answer: '3', problemType: 'numerical', dataType: 'video' }
 * const { engine, tokenizer } = tinyPolicy()
 * const prompt = { ids: Int32Array.of(72, 105), media: [] }
 *
 * const sampling = (seed: number) => ({ count: 4, maxTokens: 2, temperature: 1, stop: [tokenizer.eos], seed })
 * const sampled = await firstValueFrom(
 *   items([{ record, prompt }]).pipe(batch(1), rollout({ engine, sampling })),
 * )
 * assert(E.isRight(sampled))
 * assert.equal(sampled.right.items[0]?.group.length, 4)
 * engine.dispose()
 * ```
 */
export const rollout = (options: RolloutOptions): AddingToMembers<Asked, HasGroup> =>
  sampling(
    'rollout',
    options,
    ({ prompt }: Asked) => prompt,
    group => ({ group }),
  )

/** Texts of tokens: what a stage needs of a tokenizer. */
export interface Pieces {
  /** The texts of the tokens; joined they are the completion's text. */
  readonly pieces: (ids: Int32Array) => readonly string[]
}

/**
 * Reads one completion as text: the segments of each process, null where its part is malformed, and which token belongs to which
 * process. Pure. For evaluations and stages of your own; `readRollouts` does it for every completion of an item. A completion that was
 * ended by its stop token has that token taken off its text.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { videoP2R } from 'kinograd/process'
 * import { readRollout } from 'kinograd/stages'
 *
 * // Every character is a token.
 * const tokenizer = { pieces: (ids: Int32Array) => Array.from(ids, id => String.fromCharCode(id)) }
 * const text = '<observation>3 balls</observation><answer>3</answer>'
 * const read = readRollout(videoP2R, tokenizer)({ ids: Int32Array.from(text, c => c.charCodeAt(0)), stop: 'length' })
 * assert.deepEqual(read.processes, { perception: { observation: '3 balls' }, reasoning: null })
 * assert.equal(read.assignment.innerTokens.perception, '3 balls'.length)
 * ```
 */
export const readRollout =
  <K extends string, T extends string>(template: Template<K, T>, tokenizer: Pieces) =>
  ({ ids, stop }: Pick<Completion, 'ids' | 'stop'>): Rollout<K, T> => {
    const ended = stop === 'stop'
    const pieces = tokenizer.pieces(ids)
    const text = (ended ? pieces.slice(0, -1) : pieces).join('')
    const read = parseProcesses(template, text)
    const processes = Object.fromEntries(
      template.processes.map(k => [k, E.getOrElse((): Rollout<K, T>['processes'][K] => null)(read[k])]),
    ) as Rollout<K, T>['processes']
    return { text, processes, assignment: assignTokens(template, pieces, { ended }) }
  }

/**
 * Reads every completion of a group as text, process by process (`readRollout`). Reads `group`, adds `rollouts` in the same order; for a
 * batch, `each(readRollouts(template, tokenizer))`. No Left: what is malformed is null in its process and costs that process its format
 * reward (arXiv 2511.11113, equation 5).
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import type { VideoRecord } from 'kinograd/dataset'
 * import { items } from 'kinograd/flow'
 * import { videoP2R } from 'kinograd/process'
 * import { readRollouts } from 'kinograd/stages'
 * import { firstValueFrom } from 'rxjs'
 *
 * const more = { options: [], path: 'a.mp4', source: '' }
 * const record: VideoRecord = { ...more, id: 'a', problem: 'How many balls?', answer: '3', problemType: 'numerical', dataType: 'video' }
 * // Three tokens, the last of which ends a completion.
 * const words = ['<observation>3 balls</observation>', '<think>so</think><answer>3</answer>', '<end>']
 * const tokenizer = { pieces: (ids: Int32Array) => Array.from(ids, id => words[id] ?? '') }
 * const group = [
 *   { ids: Int32Array.of(0, 1, 2), logprobs: new Float32Array(3), samplingLogprobs: new Float32Array(3), stop: 'stop' as const },
 * ]
 * const item = await firstValueFrom(items([{ record, group }]).pipe(readRollouts(videoP2R, tokenizer)))
 * assert(E.isRight(item))
 * assert.deepEqual(item.right.rollouts[0]?.processes.reasoning, { think: 'so', answer: '3' })
 * assert.deepEqual(item.right.rollouts[0]?.assignment.owners, ['perception', 'reasoning', 'reasoning'])
 * ```
 */
export const readRollouts = <K extends string, T extends string>(
  template: Template<K, T>,
  tokenizer: Pieces,
): Adding<HasRecord & HasGroup, HasRollouts<K, T>> => {
  const read = readRollout(template, tokenizer)
  return stage.addingEither({ name: 'parse', item: recordId }, ({ group }: HasRecord & HasGroup) =>
    E.right({ rollouts: group.map(read) }),
  )
}
