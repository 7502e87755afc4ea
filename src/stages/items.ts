import type { Normalised } from '../advantage/index.ts'
import type { VideoRecord } from '../dataset/index.ts'
import type { Completion, Prompt } from '../engine/index.ts'
import type { Clip, Frames } from '../media/index.ts'
import type { Assignment, ProcessTexts } from '../process/index.ts'
import type { Rewards } from '../reward/index.ts'
import type { Passage } from './text-index.ts'

/*
 * What an item knows, field by field. A stage demands the fields that it reads and adds the ones that it makes, so that a pipeline in
 * the wrong order does not compile.
 */

/** Which stage adds which of the fields below: what the compiler says where one is missing. */
declare module '../flow/needs.ts' {
  interface AddedBy {
    record: ['fromRecords', ', and in a batch `each` around this stage']
    clip: 'decode'
    frames: 'sampleFrames'
    prompt: 'toPrompt'
    chain: 'annotate'
    annotator: 'annotate'
    texts: 'verify'
    accuracy: 'verify'
    group: 'rollout'
    rollouts: 'readRollouts'
    rewards: 'score'
    normalised: 'advantage'
    target: 'toTarget'
    shuffledPrompt: 'toShuffledPrompt'
    shuffledGroup: 'rolloutShuffled'
    update: 'policyUpdate'
    grade: 'grade'
    sheet: 'toSheet'
    passages: 'retrieve'
  }
}

/** Frames are heavy wherever they are. */
declare module '../flow/heavy.ts' {
  interface HeavyNames {
    frames: 'sampleFrames'
  }
}

/** One question about one clip. `R` is the record's type: a record of your own has fields of its own beside these. */
export interface HasRecord<R extends VideoRecord = VideoRecord> {
  readonly record: R
}
/** The probed clip: its headers and times, no pictures. */
export interface HasClip {
  readonly clip: Clip
}
/** Decoded pictures: heavy, they stay inside a scope. */
export interface HasFrames {
  readonly frames: Frames
}
/** A contact sheet of the frames for a page or a log: a JPEG in base64, a few kilobytes. */
export interface HasSheet {
  readonly sheet: string
}
/** What the policy reads. */
export interface HasPrompt {
  readonly prompt: Prompt
}
/** A teacher's chain of thought: the whole text, and who wrote it. */
export interface HasChain {
  readonly chain: string
  readonly annotator: string
}
/** A chain that follows the template and ends in a right answer. */
export interface HasVerified<K extends string, T extends string> {
  readonly texts: Readonly<Record<K, ProcessTexts<T>>>
  /** What the verifier gave the answer, in [0, 1]. */
  readonly accuracy: number
}
/** What was found about an item, the best first. */
export interface HasPassages {
  readonly passages: readonly Passage[]
}
/** G completions of one prompt, as the engine sampled them. */
export interface HasGroup {
  readonly group: readonly Completion[]
}
/** One completion as text, process by process. */
export interface Rollout<K extends string, T extends string> {
  readonly text: string
  /** A process's segments by tag; null where its part of the text is malformed. */
  readonly processes: Readonly<Record<K, ProcessTexts<T> | null>>
  readonly assignment: Assignment<K>
}
/** The group's completions as text. */
export interface HasRollouts<K extends string, T extends string> {
  readonly rollouts: readonly Rollout<K, T>[]
}
/** The group's rewards, process by process, in parts and summed. */
export interface HasRewards<K extends string> {
  readonly rewards: Rewards<K>
}
/** The group's advantages, process by process. */
export interface HasAdvantages<K extends string> {
  readonly normalised: Normalised<K>
}
/** Token ids that supervised fine-tuning should make likely, the end-of-sequence token included. */
export interface HasTarget {
  readonly target: Int32Array
}

/** The record of an item `A`, with all of its own fields. */
export type RecordOf<A> = (A & HasRecord)['record']

/**
 * What errors and reports call an item: the id of its record. For `stage.adding({ name, item: recordId }, …)` of your own stages.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import type { VideoRecord } from 'kinograd/dataset'
 * import { items, stage } from 'kinograd/flow'
 * import { recordId } from 'kinograd/stages'
 * import { firstValueFrom } from 'rxjs'
 *
 * const more = { options: [], path: 'a.mp4', source: '' }
 * const record: VideoRecord = { ...more, id: 'a', problem: 'How many balls?', answer: '3', problemType: 'numerical', dataType: 'video' }
 * const asked = stage.pure({ name: 'ask', item: recordId }, ({ record }) => ({ question: record.problem }))
 * const item = await firstValueFrom(items([{ record }]).pipe(asked))
 * assert.deepEqual(item, E.right({ question: 'How many balls?' }))
 * assert.equal(recordId({ record }), 'a')
 * ```
 */
export const recordId = ({ record }: HasRecord): string => record.id
