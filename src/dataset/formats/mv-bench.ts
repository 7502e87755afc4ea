import { basename } from 'node:path'
import { either as E } from 'fp-ts'
import { brief } from '../../untrusted/index.ts'
import { isRow, type Row } from '../extra.ts'
import { wrongRecord } from '../fault.ts'
import { windowOf } from '../window.ts'
import type { Format } from './format.ts'
import { recordOf, textOf } from './rows.ts'

/** Folders of the clips of each task, and whether they are folders of pictures: `data_list` of `video_chat2/mvbench.ipynb`. */
const folders: Readonly<Record<string, string>> = {
  action_sequence: 'star/Charades_v1_480',
  action_prediction: 'star/Charades_v1_480',
  action_antonym: 'ssv2_video',
  fine_grained_action: 'Moments_in_Time_Raw/videos',
  unexpected_action: 'FunQA_test/test',
  object_existence: 'clevrer/video_validation',
  object_interaction: 'star/Charades_v1_480',
  object_shuffle: 'perception/videos',
  moving_direction: 'clevrer/video_validation',
  action_localization: 'sta/sta_video',
  scene_transition: 'scene_qa/video',
  action_count: 'perception/videos',
  moving_count: 'clevrer/video_validation',
  moving_attribute: 'clevrer/video_validation',
  state_change: 'perception/videos',
  fine_grained_pose: 'nturgbd',
  character_order: 'perception/videos',
  egocentric_navigation: 'vlnqa',
  episodic_reasoning: 'tvqa/frames_fps3_hq',
  counterfactual_inference: 'clevrer/video_validation',
}

/** The task of a file is its name: `json/action_sequence.json`. */
const taskOf = (path: string): string => basename(path).replace(/\.jsonl?(\.gz)?$/i, '')

const isSaid = (value: unknown): boolean => value !== undefined && value !== null

/** A part of the clip that is none, in words; nothing where all is well. */
const wrongWindow = ({ start, end }: Row): string | undefined =>
  (isSaid(start) || isSaid(end)) && windowOf({ start, end }) === undefined
    ? `start and end: expected seconds, start before end, found ${brief(start)} and ${brief(end)}`
    : undefined

/**
 * MVBench (arXiv 2311.17005; the files of https://huggingface.co/datasets/OpenGVLab/MVBench/tree/main/json): `candidates` without letters,
 * the answer as one of their texts; `start` and `end` in seconds are the record's window. Episodic reasoning is about folders of pictures,
 * three a second. The file's name is the task, and says in which folder its clips lie; of other names the path is that in the file.
 */
export const mvBench: Format = {
  name: 'mvbench',
  about:
    'MVBench: video, question, candidates, answer as a text, start and end in seconds; the file is named after its task.',
  fits: row => 'video' in row && 'question' in row && 'candidates' in row && 'answer' in row,
  read: (value, origin) => {
    if (!isRow(value)) return [E.left(wrongRecord(origin.where, `expected an object, found ${brief(value)}`))]
    const wrong = wrongWindow(value)
    if (wrong !== undefined) return [E.left(wrongRecord(origin.where, wrong))]
    const task = taskOf(origin.path)
    const folder = Object.hasOwn(folders, task) ? `${folders[task]}/` : ''
    const isFrames = task === 'episodic_reasoning' || isSaid(value.fps)
    const window = windowOf(value)
    const video = textOf(value.video)
    return [
      recordOf(value, origin, {
        fields: {
          problem_id: `${task}:${origin.index}`,
          problem: value.question,
          problem_type: 'multiple choice',
          data_type: isFrames ? 'frame' : 'video',
          options: value.candidates,
          solution: value.answer,
          path: video === undefined ? undefined : `${folder}${video}`,
          data_source: 'MVBench',
          original_question_type: task,
          ...window,
          ...(isFrames ? { fps: value.fps ?? 3 } : {}),
        },
        used: [
          'video',
          'question',
          'candidates',
          'answer',
          ...(window === undefined ? [] : ['start', 'end']),
          ...(isFrames ? ['fps'] : []),
        ],
      }),
    ]
  },
}
