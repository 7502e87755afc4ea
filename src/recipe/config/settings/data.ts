import { formats } from '../../../dataset/index.ts'
import { choice, number, type Read, setting, share, text, texts, whole } from '../codec/setting.ts'
import { checked, settings, shortOrLong } from '../codec/settings.ts'
import { fieldMap } from './field-map.ts'

/** Files of records, in their long form: of which format, or with which fields of their own names, and how many of them. */
const recordSet = checked(
  settings(
    { files: texts('a file of records, or a list of files') },
    {
      /** A format of the data room by its name; told from the files when not given. */
      format: choice(formats.map(({ name }) => name)),
      /** The fields of a record, each with what it is called in the files. */
      fields: fieldMap,
      /** Only so many, the first. */
      take: whole({ from: 1 }),
      /** What is done with records that can be read and cannot be right. */
      flaws: choice(['refuse', 'keep']),
    },
  ),
  ({ format, fields }) =>
    format !== undefined && fields !== undefined
      ? [{ path: ['fields'], says: 'stands beside format, and files are read by one of them: leave one away' }]
      : [],
)

/** Files of records: a path, a list of paths, or these with what their fields are called. */
export const records = shortOrLong(texts('a file of records, a list of files'), recordSet)
/** Files of records as they were written. */
export type RecordsSetting = Read<typeof records>

const bounds = settings({ min: whole({ from: 1 }), max: whole({ from: 1 }) }, {})

const frames = shortOrLong(
  whole({ from: 1, to: 768 }),
  settings(
    {},
    {
      /** Evenly spaced over the clip. */
      uniform: whole({ from: 1, to: 768 }),
      /** So many a second. */
      fps: number({ above: 0, to: 60 }),
      /** So many, more where the picture changes. */
      adaptive: whole({ from: 1, to: 768 }),
      /** For `fps`. */
      min: whole({ from: 1 }),
      max: whole({ from: 1, to: 768 }),
    },
  ),
)
/** Which frames of a clip are seen. */
export type FramesSetting = Read<typeof frames>

/** Where media are, and how they are seen. The folder is needed unless a module gives it. */
export const media = settings(
  {},
  {
    root: text('the folder that the paths of records start from'),
    frames,
    /** Size bounds of a frame in pixels; those of the checkpoint when not given. */
    pixels: settings({}, { video: bounds, image: bounds }),
    /** Pictures a second of folders of pictures. */
    pictureRate: number({ above: 0, to: 240 }),
    /** What to do with a folder whose numbers have gaps, and with pictures of another size than the first. */
    onGap: choice(['refuse', 'accept']),
    onSizeChange: choice(['refuse', 'scale']),
    /** Whether links may lead out of the folder. */
    links: choice(['refuse', 'follow']),
    /** Decoded frames that are kept, in megabytes; 256 when not given. */
    cache: whole({ from: 0, to: 1_000_000 }),
  },
)

/** The share of the records of a phase that may fail. */
export const tolerate = share

/** A teacher or a judge in its spelling; what the spelling means is looked at when all settings have been read. */
export const teacher = setting('scripted, scripted:FILE, claude:MODEL or openai:BASE_URL#MODEL', value =>
  typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined,
)
