import { either as E } from 'fp-ts'
import type { VideoRecord } from '../../dataset/index.ts'
import { fault } from '../../flow/index.ts'
import type { Clip, Frames } from '../../media/index.ts'
import type { Prompt } from '../engine.ts'
import type { Medium } from './medium.ts'
import type { PromptFault } from './medium-patches.ts'
import { type ChatPart, type ChatPromptOptions, qwenChatPrompt } from './qwen-chat-prompt.ts'

/**
 * The least that an item must have to be asked about: frames; the clip that they are from, unless they are an image. What they are is
 * taken from `frames.kind` and `clip.kind`, as `sampleFrames` and `decode` give them.
 */
export interface Viewed {
  readonly frames: Frames
  readonly clip?: Clip
  /** Of any form; its `dataType`, where it has one, says whether the frames are an image or a clip. */
  readonly record?: object
}

/** An item whose record is one of the data sets'. */
export interface ViewedRecord extends Viewed {
  readonly record: VideoRecord
  readonly clip: Clip
}

/** How questions about items become prompts. */
export interface QwenPromptOptions<A> extends ChatPromptOptions {
  /**
   * What is asked of an item. Text stands after the item's own clip or image; a list is taken as it stands, texts and media in order,
   * and names the item's own medium where it wants it: `({ frames, clip, record }) => [record.problem, { kind: 'video', frames, clip }]`.
   */
  readonly question: (item: A) => string | readonly ChatPart[]
  /** The system message; that of the chat template when not given. */
  readonly system?: string
}

/** The medium of an item: of the kind that was decoded, else that its record says, else a clip where there is one, else an image. */
const mediumOf = ({ frames, clip, record }: Viewed): E.Either<PromptFault, Medium> => {
  const read = frames?.kind ?? clip?.kind
  const stated: unknown = read ?? (record !== undefined && 'dataType' in record ? record.dataType : undefined)
  switch (stated ?? (clip === undefined ? 'image' : 'video')) {
    case 'image':
      return E.right({ kind: 'image', frames })
    case 'video':
    case 'frame':
      return E.right({ kind: 'video', frames, ...(clip === undefined ? {} : { clip }) })
    default:
      return E.left(
        fault(
          'BadPrompt',
          `the record is of data type ${JSON.stringify(stated)}, known are "image", "video" and "frame"`,
          'Let `question` give a list of texts and media, or mend the record.',
        ),
      )
  }
}

/**
 * Gives the function that `toPrompt` takes: from an item with a clip and its frames to what a Qwen2.5-VL reads. Frames of
 * videos and of folders of pictures stand behind `<|video_pad|>`, a picture behind `<|image_pad|>`; they are resized within the bounds that
 * `pixels` has for their kind (`smartResize`, `resize`), cut into `patches`, and stand before the question in a turn of the user, rendered by the
 * tokenizer's chat template with pads expanded: ids and patches are those of qwen_vl_utils and of the processor in transformers
 * (processing_qwen2_5_vl.py), sizes those of Video-R1 where `pixels` says no others. `question` is typed by the items of the pipeline,
 * fields of one's own record included.
 *
 * `system` sets the system message, `mean`, `std` and `vision` fit another checkpoint (`loadPreprocessor` reads them from its folder),
 * `keep` shares patches among questions about one clip, and `maxTokens` refuses prompts that are too long one by one. For whole
 * conversations there is `qwenChatPrompt`.
 *
 * Holds the patches: 4.7 kB each, about 20 MB for 16 frames of 224×420. `Left`: no frames or an unknown kind of medium, sizes that no bounds
 * fit, a special token inside the question, too many tokens.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { qwenPrompt } from 'kinograd/engine'
 * import { tinyPolicy } from 'kinograd/engine/tfjs'
 *
 * const { tokenizer, engine } = tinyPolicy()
 * const make = qwenPrompt({ tokenizer, question: item => item.record.problem, pixels: { video: { minPixels: 0, maxPixels: 56 * 56 } } })
 *
 * // Items come from `decode` and `sampleFrames`; this one is made by hand: four black frames of 100×60, one second of a clip.
 * const clip = { path: 'a.mp4', durationSeconds: 1, frameCount: 30, fps: 30, width: 100, height: 60, codec: 'h264', rotation: 0 }
 * const frames = { data: new Uint8Array(4 * 60 * 100 * 3), count: 4, height: 60, width: 100, times: [0, 0.3, 0.6, 0.9] }
 * const record = { id: '1', problem: 'What moves?', problemType: 'free-form', dataType: 'video', options: [], answer: '', path: 'a.mp4', source: '' } as const
 * const prompt = make({ clip, frames, record })
 * assert(E.isRight(prompt))
 * const { ids, media: [seen] } = prompt.right
 * assert.deepEqual([seen?.grid, seen?.secondsPerGrid], [[2, 2, 4], 0.5])
 * const pads = '<|video_pad|>'.repeat(4)
 * assert(tokenizer.decode(ids).includes(`<|im_start|>user\n<|vision_start|>${pads}<|vision_end|>What moves?<|im_end|>`))
 * engine.dispose()
 * ```
 */
export const qwenPrompt = <A extends Viewed = ViewedRecord>({
  question,
  system,
  ...options
}: QwenPromptOptions<A>): ((item: A) => E.Either<PromptFault, Prompt>) => {
  const chat = qwenChatPrompt(options)
  const before = system === undefined ? [] : [{ role: 'system', content: system } as const]
  const ask = (content: string | readonly ChatPart[]) => chat([...before, { role: 'user', content }])
  return item => {
    const asked = question(item)
    return typeof asked === 'string' ? E.flatMap((medium: Medium) => ask([medium, asked]))(mediumOf(item)) : ask(asked)
  }
}
