import type { Format } from './format.ts'
import { rowReader } from './rows.ts'

/**
 * VCR-Bench (arXiv 2504.07956; `meta_info_video.json` of https://huggingface.co/datasets/VLM-Reasoning/VCR-Bench, `eval_code/input.json`
 * of zhishuifeiqian/VCR-Bench): `choices` from letter to text, empty where the question is open; the question of a choice ends with its
 * options, which are taken out of it. `reasoning`, the annotated steps, and all else is kept.
 */
export const vcrBench: Format = {
  name: 'vcr-bench',
  about: 'VCR-Bench: video_path, question, "multiple-choice", choices from letter to text, answer, dimension.',
  fits: row => 'video_path' in row && 'multiple-choice' in row && 'choices' in row,
  read: rowReader(row => ({
    fields: {
      problem_id: row.id,
      problem: row.question,
      problem_type: row['multiple-choice'] === true ? 'multiple choice' : 'free-form',
      data_type: 'video',
      options: row['multiple-choice'] === true ? row.choices : [],
      solution: row.answer,
      path: row.video_path,
      data_source: 'VCR-Bench',
      original_question_type: row.dimension,
    },
    used: ['id', 'question', 'multiple-choice', 'choices', 'answer', 'video_path', 'dimension'],
  })),
}
