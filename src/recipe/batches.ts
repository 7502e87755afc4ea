import { type Batch, batch, pipeline, stage } from '../flow/index.ts'
import type { HasPrompt, HasRecord } from '../stages/index.ts'

/**
 * Batches in which all questions about a clip hold the same patches, so that the vision tower sees each clip once: always, and not only
 * where the memory of patches happens to have them still. What is added up in another order differs in its last bits.
 */
export const oneOfEachClip = <A extends HasRecord & HasPrompt>() =>
  stage.pure<Batch<A>, Batch<A>>({ name: 'share', item: ({ index }) => `batch ${index}` }, members => {
    const seen = new Map<string, A['prompt']['media']>()
    return {
      ...members,
      items: members.items.map(item => {
        const media = seen.get(item.record.path) ?? item.prompt.media
        seen.set(item.record.path, media)
        return { ...item, prompt: { ...item.prompt, media } }
      }),
    }
  })

/** Batches, of which the first is number `from`: those before it were taken in an earlier process. */
export const batchesFrom = <A>(size: number, from: number) =>
  pipeline(
    'batches',
    batch<A>(size),
    stage.pure<Batch<A>, Batch<A>>({ name: 'number', item: ({ index }) => `batch ${index}` }, members => ({
      ...members,
      index: members.index + from,
    })),
  )
