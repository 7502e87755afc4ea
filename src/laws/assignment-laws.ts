import fc from 'fast-check'
import type { Assignment, AssignOptions, Template } from '../process/index.ts'
import { assignTokens } from '../process/index.ts'
import { inOrder } from './in-order.ts'
import { type Law, law } from './law.ts'
import { type CutOutput, cutOutput } from './outputs.ts'

/** What assigns tokens to the processes of one template. */
export type Assigner<K extends string> = (pieces: readonly string[], options?: AssignOptions) => Assignment<K>

const differs = <K extends string>({ owners }: Assignment<K>, output: CutOutput<K>): string | null => {
  const i = output.owners.findIndex((owner, t) => owners[t] !== owner)
  return i === -1
    ? null
    : `token ${i} ${JSON.stringify(output.pieces[i])} is given to ${JSON.stringify(owners[i])}, it belongs to ${JSON.stringify(output.owners[i])}`
}

/**
 * The laws of token assignment for a template, whose tokens may be cut anywhere: through tags, white space and text.
 * By default of `assignTokens`.
 */
export const assignmentLaws = <K extends string>(
  template: Template<K>,
  assign: Assigner<K> = (pieces, options) => assignTokens(template, pieces, options),
): readonly Law[] => {
  const whole = cutOutput(template, false)
  const either = fc.oneof(whole, cutOutput(template, true))
  const laws = [
    law('one owner a token', 'as many owners as tokens, the end-of-sequence token included', either, ({ pieces }) => {
      const [plain, ended] = [assign(pieces).owners.length, assign([...pieces, '<end>'], { ended: true }).owners.length]
      if (plain === pieces.length && ended === pieces.length + 1) return null
      return `${pieces.length} tokens have ${plain} owners, ${pieces.length + 1} with the end have ${ended}`
    }),
    law(
      'a token belongs to the segment of its first character',
      'tags and the white space before them included',
      whole,
      output => differs(assign(output.pieces), output),
    ),
    law(
      'what is not there owns nothing',
      'missing and half segments and text outside have no tokens, the others keep theirs',
      cutOutput(template, true),
      output => differs(assign(output.pieces), output),
    ),
    law(
      'lengths count inner text',
      'a token counts for its process if it holds any inner text, once',
      either,
      output => {
        const { innerTokens } = assign(output.pieces)
        const k = template.processes.find(p => innerTokens[p] !== output.innerTokens[p])
        return k === undefined
          ? null
          : `"${k}" has ${innerTokens[k]} tokens of inner text, it is ${output.innerTokens[k]}`
      },
    ),
    law(
      'the end belongs to the last process',
      'and changes nothing for the other tokens and the lengths',
      whole,
      ({ pieces }) => {
        const plain = assign(pieces)
        const ended = assign([...pieces, '<end>'], { ended: true })
        const last = template.processes.at(-1)
        if (ended.owners.at(-1) !== last)
          return `the end is given to ${JSON.stringify(ended.owners.at(-1))}, not to "${last}"`
        if (plain.owners.some((owner, i) => ended.owners[i] !== owner)) return 'other tokens changed their process'
        const k = template.processes.find(p => plain.innerTokens[p] !== ended.innerTokens[p])
        return k === undefined
          ? null
          : `the length of "${k}" became ${ended.innerTokens[k]} from ${plain.innerTokens[k]}`
      },
    ),
    law(
      'no tags, no tokens',
      'a text without tags belongs to nobody, its end neither',
      fc.array(fc.constantFrom('a', ' b', '<', '>', '\n')),
      pieces => {
        const { owners, innerTokens } = assign([...pieces, '<end>'], { ended: true })
        if (owners.some(owner => owner !== null))
          return `a token is given to ${JSON.stringify(owners.find(o => o !== null))}`
        return template.processes.every(k => innerTokens[k] === 0) ? null : 'a length is not 0'
      },
    ),
  ]
  return inOrder(laws)
}
