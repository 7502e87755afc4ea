import type { Format } from './format.ts'
import { rowReader, textOf } from './rows.ts'

const answers = ['a0', 'a1', 'a2', 'a3', 'a4']

/**
 * NExT-QA's questions of multiple choice (arXiv 2105.08276; `dataset/nextqa/val.csv` of doc-doc/NExT-QA, and the same columns in Parquet
 * in lmms-lab/NExTQA): five options in columns, the answer counted from 0, ids that begin anew for every clip. Clips are `<video>.mp4`.
 */
export const nextQa: Format = {
  name: 'next-qa',
  about: 'NExT-QA: columns video, question, a0 to a4, answer (counted from 0), qid, type.',
  fits: row => ['video', 'question', 'answer', ...answers].every(name => name in row),
  read: rowReader(row => ({
    fields: {
      problem_id: `${textOf(row.video) ?? ''}:${textOf(row.qid) ?? ''}`,
      problem: row.question,
      problem_type: 'multiple choice',
      data_type: 'video',
      options: answers.map(name => row[name]),
      solution: row.answer,
      path: textOf(row.video) === undefined ? undefined : `${textOf(row.video)}.mp4`,
      data_source: 'NExT-QA',
      original_question_type: row.type,
    },
    counted: 'from 0',
    used: ['video', 'qid', 'question', 'answer', 'type', ...answers],
  })),
}
