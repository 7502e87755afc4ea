import { join } from 'node:path'
import { cotRecord, readWith } from 'kinograd/dataset'
import { stage } from 'kinograd/flow'
import { fromRecords } from 'kinograd/stages'
import { type Groundwork, type Variant, withChains } from './groundwork.ts'

/** A chain without its observation: `<think> … </think> <answer> … </answer>`. */
export const withoutObservation = (chain: string): string =>
  chain.replace(/^\s*<observation>[\s\S]*?<\/observation>\s*/, '')

/** The fine-tuning of "process-agnostic SFT": the same chains, reasoning alone. The world and its policy's words are the groundwork's. */
export const agnosticChains = ({ directory, recipe: made }: Groundwork): Variant => {
  const file = join(directory, 'cot.jsonl')
  const chains = {
    files: [file],
    read: () =>
      fromRecords(readWith(cotRecord)(file)).pipe(
        stage.pure({ name: 'without observation', item: ({ record: { id } }) => id }, ({ record }) => ({
          record: { ...record, observation: '', output: withoutObservation(record.output) },
        })),
      ),
  }
  return {
    name: 'agnostic',
    change: recipe => {
      const { groundwork: _, data: __, ...rest } = withChains(chains)(recipe)
      const { policy, media, evaluation, grading } = made
      return { ...rest, policy, media, ...(evaluation && { evaluation }), ...(grading && { grading }) }
    },
  }
}
