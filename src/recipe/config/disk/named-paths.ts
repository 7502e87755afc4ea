import type { Place } from '../compile/place.ts'
import { scriptOf } from '../compile/teachers.ts'
import type { RecordsSetting } from '../settings/data.ts'
import type { RunSettings } from '../settings/run-settings.ts'
import type { Named } from './kinds.ts'

/** Records of a configuration, and the setting that names them. */
export interface NamedRecords {
  readonly at: readonly string[]
  readonly records: RecordsSetting
}

/** Every set of records that a configuration names: questions, and chains apart from them. */
export const namedRecords = ({
  records,
  annotation,
  rl,
  evaluation,
  sft,
}: RunSettings): { readonly questions: readonly NamedRecords[]; readonly chains: readonly NamedRecords[] } => {
  const named = (at: readonly string[], set: RecordsSetting | undefined): readonly NamedRecords[] =>
    set === undefined ? [] : [{ at, records: set }]
  return {
    questions: [
      ...named(['records'], records),
      ...named(['annotation', 'records'], annotation?.records),
      ...named(['rl', 'records'], rl?.records),
      ...named(['rl', 'watch', 'records'], rl?.watch?.records),
      ...named(['evaluation', 'records'], evaluation?.records),
    ],
    chains: named(['sft', 'records'], sft?.records),
  }
}

const recordFiles = ({ at, records }: NamedRecords): readonly Named[] =>
  ('files' in records ? records.files : records).map(path => ({
    at: 'files' in records ? [...at, 'files'] : at,
    path,
    wanted: 'file',
  }))

/** Every file and folder that a configuration names, but its checkpoints. */
export const namedPaths = (place: Place, settings: RunSettings): readonly Named[] => {
  const { media, module, teacher, judge, policy } = settings
  const { questions, chains } = namedRecords(settings)
  const folder = (at: readonly string[], path: string | undefined): readonly Named[] =>
    path === undefined ? [] : [{ at, path, wanted: 'folder' }]
  const script = (name: 'teacher' | 'judge', spelling: string | undefined): readonly Named[] => {
    const path = spelling === undefined ? undefined : scriptOf(place, spelling)
    return path === undefined ? [] : [{ at: [name], path, wanted: 'file' }]
  }
  return [
    ...[...questions, ...chains].flatMap(recordFiles),
    ...folder(['media', 'root'], media?.root),
    ...folder(['policy', 'tokenizer'], policy?.tokenizer),
    ...(policy?.key === undefined ? [] : [{ at: ['policy', 'key'], path: policy.key, wanted: 'file' } as const]),
    ...(policy?.vllm?.key === undefined
      ? []
      : [{ at: ['policy', 'vllm', 'key'], path: policy.vllm.key, wanted: 'file' } as const]),
    ...script('teacher', teacher),
    ...script('judge', judge),
    ...(module === undefined
      ? []
      : [{ at: ['module'], path: typeof module === 'string' ? module : module.file, wanted: 'file' } as const]),
  ]
}
