import { either as E, type taskEither as TE } from 'fp-ts'
import type { VideoRecord } from '../../../dataset/index.ts'
import { loadPreprocessor, type Preprocessor } from '../../../engine/index.ts'
import { type Qwen25VLConfig, readConfig, tinyConfig } from '../../../engine/tfjs/index.ts'
import type { Fault } from '../../../flow/index.ts'
import { fromItems, iterate } from '../../../flow/index.ts'
import { frameCount, smartResize } from '../../../media/index.ts'
import { decode } from '../../../stages/index.ts'
import type { RecipeMedia } from '../../recipe.ts'
import { pathAt } from '../compile/place.ts'
import { questionOf } from '../compile/policy.ts'
import { questionsOf } from '../compile/records.ts'
import { templateParts } from '../compile/template.ts'
import { namedRecords } from '../disk/named-paths.ts'
import type { LoadedConfig } from '../load.ts'

/** How large a policy is and what it reads of one record. */
export interface Seen {
  /** Not known of an engine that runs elsewhere. */
  readonly config?: Qwen25VLConfig
  readonly grid: readonly [time: number, height: number, width: number]
  readonly textTokens: number
}

const unit = 28 * 28
const tinyBounds = { minPixels: 4 * unit, maxPixels: 16 * unit }

/** Video-R1's bounds of a clip's frames. */
const usualBounds = { minPixels: 128 * unit, maxPixels: Math.trunc(1.05 * 128 * unit) }

interface PolicySizes {
  readonly config?: Qwen25VLConfig
  readonly video: { readonly minPixels: number; readonly maxPixels: number }
}

/** Sizes of the policy that a configuration names, and how it was made to see. */
const policySizes = async ({
  settings: { policy = {} },
  place,
}: LoadedConfig): Promise<E.Either<Fault, PolicySizes>> => {
  if (policy.engine !== undefined) return E.right({ video: usualBounds })
  if (policy.checkpoint === undefined) {
    const size = typeof policy.tiny === 'object' ? policy.tiny : {}
    const ids = { image: 1, video: 2, visionStart: 3, visionEnd: 4, start: 5, end: 6 }
    return E.right({ config: tinyConfig({ size: 1300, ids }, size), video: tinyBounds })
  }
  const folder = pathAt(place, policy.checkpoint)
  const config = await readConfig(folder)()
  if (E.isLeft(config)) return config
  const preprocessor = await loadPreprocessor(folder)()
  return E.map(
    ({ pixels }: Preprocessor): PolicySizes => ({ config: config.right, video: pixels?.video ?? usualBounds }),
  )(preprocessor)
}

/** Characters of a token, roughly. */
const charactersOfToken = 3.5

const firstRecord = async ({ settings, place }: LoadedConfig): Promise<VideoRecord | undefined> => {
  const [set] = namedRecords(settings).questions
  if (set === undefined) return undefined
  for await (const read of questionsOf(place, set.records)) if (E.isRight(read)) return read.right
  return undefined
}

/** Height and width of a record's medium, and how many frames it has; one of a usual size where it cannot be opened. */
const sizeOf = async (media: RecipeMedia, record: VideoRecord | undefined) => {
  const usual = { width: 640, height: 360, frameCount: 300, fps: 30 }
  if (record === undefined) return usual
  for await (const item of iterate(fromItems([E.right({ record })]).pipe(decode(media))))
    return E.isRight(item) ? item.right.clip : usual
  return usual
}

/** What a policy would read of the first record: read from its headers, no picture is decoded. */
export const seenOf =
  (config: LoadedConfig, media: RecipeMedia): TE.TaskEither<Fault, Seen> =>
  async () => {
    const sizes = await policySizes(config)
    if (E.isLeft(sizes)) return sizes
    const record = await firstRecord(config)
    const { width, height, frameCount: total, fps } = await sizeOf(media, record)
    const own = config.settings.media?.pixels?.video
    const bounds = own === undefined ? sizes.right.video : { minPixels: own.min, maxPixels: own.max }
    const resized = smartResize(height, width, { factor: 28, ...bounds })
    const [tall, wide] = E.isRight(resized) ? resized.right : [28, 28]
    const { spec } = media
    const wished =
      spec.kind === 'uniform' || spec.kind === 'fps'
        ? frameCount(spec, total, fps)
        : E.right(spec.kind === 'adaptive' ? spec.budget : 2)
    const frames = E.isRight(wished) ? wished.right : 2
    const template = templateParts(config.settings.template)
    const asked =
      record === undefined || E.isLeft(template)
        ? ''
        : questionOf({ ...template.right, prompt: config.settings.prompt ?? 'guide' })(record)
    return E.right({
      ...(sizes.right.config === undefined ? {} : { config: sizes.right.config }),
      grid: [Math.max(1, Math.ceil(frames / 2)), tall / 14, wide / 14],
      textTokens: Math.ceil(asked.length / charactersOfToken) + 20,
    })
  }
