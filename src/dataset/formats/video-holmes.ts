import type { Format } from './format.ts'
import { rowReader, textOf } from './rows.ts'

/**
 * Video-Holmes (arXiv 2505.21374; `test_Video-Holmes.json` and `Pipeline/example_questions` of TencentARC/Video-Holmes): names with
 * spaces, options A to F. Its evaluation finds a clip as `<video ID>.mp4`. Question ids begin anew for every clip in the examples, so
 * that both make the id.
 */
export const videoHolmes: Format = {
  name: 'video-holmes',
  about:
    'Video-Holmes: "video ID", "Question ID", "Question Type", Question, Options from A to F, Answer, Explanation.',
  fits: row => 'video ID' in row && 'Question' in row && 'Options' in row,
  read: rowReader(row => ({
    fields: {
      problem_id: `${textOf(row['video ID']) ?? ''}:${textOf(row['Question ID']) ?? ''}`,
      problem: row.Question,
      problem_type: 'multiple choice',
      data_type: 'video',
      options: row.Options,
      solution: row.Answer,
      path: textOf(row['video ID']) === undefined ? undefined : `${textOf(row['video ID'])}.mp4`,
      data_source: 'Video-Holmes',
      original_question_type: row['Question Type'],
    },
    used: ['video ID', 'Question ID', 'Question', 'Options', 'Answer', 'Question Type'],
  })),
}
