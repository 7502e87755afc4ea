import { either as E } from 'fp-ts'
import { type Adding, stage } from '../../flow/index.ts'
import { parse, type Template, videoP2R } from '../../process/index.ts'
import { type HasRecord, recordId } from '../../stages/index.ts'
import type { HasOutput } from '../items.ts'

/** Whether an output keeps to its template, and where it first does not. */
export interface Adherence {
  readonly adheres: boolean
  /** `MissingTag`, `UnexpectedTag` or `TextOutside`, with the place in UTF-16 units and the reason. */
  readonly fault?: { readonly tag: string; readonly position: number; readonly cause: string }
}

/** The adherence of an output. */
export interface HasAdherence {
  readonly adherence: Adherence
}

/**
 * Whether a text keeps to a template: exactly one of each segment, in order, nothing outside. Linear.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { adherenceIn } from 'kinograd/evaluation'
 *
 * assert.equal(adherenceIn()('<observation>A ball.</observation><think>So 1.</think><answer>1</answer>').adheres, true)
 * assert.equal(adherenceIn()('<think>So 1.</think><answer>1</answer>').fault?.tag, 'UnexpectedTag')
 * ```
 */
export const adherenceIn =
  (template: Template<string> = videoP2R) =>
  (output: string): Adherence => {
    const read = parse(template, output)
    if (E.isRight(read)) return { adheres: true }
    const { _tag: tag, position, cause } = read.left
    return { adheres: false, fault: { tag, position, cause } }
  }

/**
 * Whether outputs keep to the template (VideoP2R's when not given), and why not. Reads `record` and `output`, adds `adherence`; no Left.
 * For a hundred of many, put `drawn` or a sample before it; `shareOf` gives the share with its interval.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { shareOf, templateAdherence } from 'kinograd/evaluation'
 * import { items } from 'kinograd/flow'
 *
 * const more = { problem: 'How many?', problemType: 'numerical', dataType: 'video', path: 'a.mp4', source: '', options: [] } as const
 * const record = { ...more, id: '1', answer: '1' }
 * const outputs = items([{ record, output: '<answer>1</answer>' }])
 * const share = await shareOf(outputs.pipe(templateAdherence()), ({ adherence }) => adherence.adheres, { sample: 100, seed: 1 })
 * assert.deepEqual([share.yes, share.of], [0, 1])
 * ```
 */
export const templateAdherence = (
  template: Template<string> = videoP2R,
): Adding<HasRecord & HasOutput, HasAdherence> => {
  const measure = adherenceIn(template)
  return stage.addingEither({ name: 'adherence', item: recordId }, ({ output }: HasRecord & HasOutput) =>
    E.right({ adherence: measure(output) }),
  )
}
