import { either as E, taskEither as TE } from 'fp-ts'
import { type AnyRecord, readDataset, writeDataset } from 'kinograd/dataset'
import { iterate } from 'kinograd/flow'
import { generationPrompt, questionText, videoP2R, videoP2RGuide } from 'kinograd/process'
import { annotate, fromRecords, judgeSufficiency, toCotRecord, verify } from 'kinograd/stages'
import type { Annotator, Judge } from 'kinograd/teacher'
import { map } from 'rxjs'
import { must } from '../must.ts'
import { report } from './report.ts'

const [path, out] = process.argv.slice(2)

/** What the scripted teacher sees: nothing, for a record's own answer is what it writes. */
const frames = { data: new Uint8Array(28 * 28 * 3), count: 1, width: 28, height: 28, times: [0] }

const chainOf = (answer: string): string =>
  `<observation>Based on the question, I need to notice what is asked for. The clip shows ${answer} in plain sight.</observation> <think>Based on the observations, step by step, it follows. Let me double-check: yes.</think><answer>${answer}</answer>`

const annotator: Annotator<AnyRecord> = {
  name: 'scripted',
  annotate: ({ record }) => TE.right(chainOf(record.answer)),
}
const judge: Judge<AnyRecord> = {
  name: 'rule',
  judge: ({ record, observation }) => TE.right({ sufficient: observation.includes(record.answer) }),
}

/** Read → annotate → verify → judge → write, all in one process. */
const pipeline = async (): Promise<number> => {
  const kept = fromRecords(readDataset(path ?? '')).pipe(
    map(E.map(item => ({ ...item, frames }))),
    annotate({
      annotator,
      prompt: record =>
        generationPrompt(videoP2R, videoP2RGuide, questionText(record.problem, record.options), record.problemType),
    }),
    verify({ template: videoP2R, answer: texts => texts.reasoning.answer ?? '' }),
    judgeSufficiency({ judge, observation: texts => texts.perception.observation ?? '' }),
    toCotRecord({
      observation: texts => texts.perception.observation ?? '',
      process: texts => texts.reasoning.think ?? '',
    }),
  )
  const written = await writeDataset(
    out ?? '',
    (async function* () {
      for await (const item of iterate(kept)) if (E.isRight(item)) yield item.right
    })(),
  )()
  return must(written)
}

report(await pipeline())
