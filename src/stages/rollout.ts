import { either as E, function as F, taskEither as TE } from 'fp-ts'
import type { Completion, Engine, Sampling } from '../engine/index.ts'
import type { Adding, AddingToMembers, Batch } from '../flow/index.ts'
import { stage } from '../flow/index.ts'
import type { Template } from '../process/index.ts'
import { assignTokens, parseProcesses } from '../process/index.ts'
import type { HasGroup, HasPrompt, HasRecord, HasRollouts, Rollout } from './items.ts'
import { recordId } from './items.ts'

/** What errors call a batch. */
export const batchName = ({ index }: Batch<unknown>): string => `batch ${index}`

/** A record with its prompt. */
interface Asked extends HasRecord, HasPrompt {}

/** Samples G completions for every prompt of a batch, all in step: the weights are read once for all of them. */
export const rollout = ({
  engine,
  sampling,
}: {
  readonly engine: Engine
  /** Settings by batch: a new seed for each. */
  readonly sampling: (batch: number) => Sampling
}): AddingToMembers<Asked, HasGroup> =>
  stage.addingToMembers({ name: 'rollout', item: batchName }, ({ index, items }: Batch<Asked>, signal) =>
    F.pipe(
      engine.sample(
        items.map(({ prompt }) => prompt),
        sampling(index),
        signal,
      ),
      TE.map(groups => groups.map(group => ({ group }))),
    ),
  )

/** Texts of tokens: what a stage needs of a tokenizer. */
export interface Pieces {
  /** The texts of the tokens; joined they are the completion's text. */
  readonly pieces: (ids: Int32Array) => readonly string[]
}

/** Reads one completion as text, process by process, and says which token belongs to which process. */
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

/** Reads every completion of a group (`readRollout`). */
export const readRollouts = <K extends string, T extends string>(
  template: Template<K, T>,
  tokenizer: Pieces,
): Adding<HasRecord & HasGroup, HasRollouts<K, T>> => {
  const read = readRollout(template, tokenizer)
  return stage.addingEither({ name: 'parse', item: recordId }, ({ group }: HasRecord & HasGroup) =>
    E.right({ rollouts: group.map(read) }),
  )
}
