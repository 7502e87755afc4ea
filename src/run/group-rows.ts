import { either as E } from 'fp-ts'
import { parse, type Template } from '../process/index.ts'
import type { HasAdvantages, HasGroup, HasRecord, HasRewards, HasRollouts, HasSheet, Pieces } from '../stages/index.ts'
import type { RolloutRow } from './rows.ts'

/** Where rollouts were sampled, and how they are read. */
export interface GroupRowsOptions<K extends string, T extends string> {
  readonly phase: string
  readonly step: number
  readonly template: Template<K, T>
  readonly tokenizer: Pieces
}

/** An item behind `advantage`, with the frames that its policy saw where they were kept. */
type LearnedItem<K extends string, T extends string> = HasRecord &
  HasGroup &
  HasRollouts<K, T> &
  HasRewards<K> &
  HasAdvantages<K> &
  Partial<HasSheet>

type Segment = NonNullable<RolloutRow['segments']>[number]

/** Tokens in runs of one process; those of a process share an advantage. */
const segmentsOf = (
  texts: readonly string[],
  owners: readonly (string | null)[],
  advantageOf: (owner: string | null) => number,
): readonly Segment[] => {
  const runs: { process: string | null; tokens: string[] }[] = []
  for (const [place, text] of texts.entries()) {
    const process = owners[place] ?? null
    const last = runs.at(-1)
    if (last !== undefined && last.process === process) last.tokens.push(text)
    else runs.push({ process, tokens: [text] })
  }
  return runs.map(({ process, tokens }) => ({
    process,
    tokens,
    text: tokens.join(''),
    advantage: advantageOf(process),
  }))
}

/**
 * The completions of a group as lines of rollouts.jsonl: text token by token with process and advantage, rewards in parts,
 * and why a malformed one is. For `run.rollouts`; `inspect` and the page show them. A row holds about twice the bytes of
 * its text.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { paGrpo } from 'kinograd/advantage'
 * import { template } from 'kinograd/process'
 * import { composeRewards, noLength } from 'kinograd/reward'
 * import { groupRows } from 'kinograd/run'
 * import { readRollout } from 'kinograd/stages'
 *
 * const own = template({ reasoning: ['answer'] })
 * const tokenizer = { pieces: (ids: Int32Array) => Array.from(ids, id => String.fromCharCode(id)) }
 * const none = { logprobs: new Float32Array(), samplingLogprobs: new Float32Array(), stop: 'length' as const }
 * const group = ['<answer>3</answer>', '4'].map(text => ({ ids: Int32Array.from(text, c => c.charCodeAt(0)), ...none }))
 * const rewards = composeRewards({ length: { reasoning: noLength } })('clip 1', {
 *   reasoning: [
 *     { accuracy: 1, format: 1, tokens: 1 },
 *     { accuracy: 0, format: 0, tokens: 0 },
 *   ],
 * })
 * assert(E.isRight(rewards))
 * const [normalised] = paGrpo()([rewards.right.raw])
 * assert(normalised !== undefined)
 * const more = { options: [], path: 'a.mp4', source: '', problemType: 'numerical', dataType: 'video' } as const
 * const rows = groupRows(
 *   { phase: 'GRPO', step: 0, template: own, tokenizer },
 *   {
 *     record: { ...more, id: 'clip 1', problem: 'How many?', answer: '3' },
 *     group,
 *     rollouts: group.map(readRollout(own, tokenizer)),
 *     rewards: rewards.right,
 *     normalised,
 *   },
 * )
 * assert.deepEqual(rows.map(({ malformed }) => malformed?.at), [undefined, 0])
 * ```
 */
export const groupRows = <K extends string, T extends string>(
  { phase, step, template, tokenizer }: GroupRowsOptions<K, T>,
  { record, group, rollouts, rewards, normalised, sheet }: LearnedItem<K, T>,
): readonly RolloutRow[] =>
  rollouts.map((rollout, place) => {
    const ofProcess = <V>(value: (process: K) => V): Record<string, V> =>
      Object.fromEntries(template.processes.map(process => [process, value(process)]))
    const advantages = ofProcess(process => normalised.advantages[process][place] ?? 0)
    const read = parse(template, rollout.text)
    const completion = group[place]
    const notes = Object.entries(ofProcess(process => rewards.parts[process][place]?.note ?? '')).filter(
      ([, note]) => note !== '',
    )
    return {
      phase,
      step,
      id: record.id,
      place,
      problem: [record.problem, ...record.options].join('\n'),
      problemType: record.problemType,
      answer: record.answer,
      completion: rollout.text,
      rewards: ofProcess(process => rewards.raw.rewards[process][place] ?? null),
      parts: ofProcess(process => {
        const { accuracy = null, format = null, length = null, extra = {} } = rewards.parts[process][place] ?? {}
        return { accuracy, format, length, ...extra }
      }),
      advantages,
      segments: [
        ...segmentsOf(
          completion === undefined ? [rollout.text] : tokenizer.pieces(completion.ids),
          rollout.assignment.owners,
          owner => (owner === null ? (normalised.outside[place] ?? 0) : (advantages[owner] ?? 0)),
        ),
      ],
      ...(notes.length === 0 ? {} : { notes: Object.fromEntries(notes) }),
      ...(E.isLeft(read) ? { malformed: { at: read.left.position, why: read.left.cause } } : {}),
      ...(completion?.stop === 'length' ? { truncated: true } : {}),
      ...(sheet === undefined || place > 0 ? {} : { sheet }),
    }
  })
