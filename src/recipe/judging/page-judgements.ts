import { either as E } from 'fp-ts'
import { dataTypes, problemTypes, type VideoRecord } from '../../dataset/index.ts'
import { items, iterate, pipeline, stage } from '../../flow/index.ts'
import { uniform } from '../../media/index.ts'
import { type LookOptions, look, toSheet } from '../../stages/index.ts'
import type { Judgement } from './judgement.ts'
import type { PageJudgement } from './page-data.ts'

/** What the stages need to know of a judgement's medium; undefined where the file does not say where it is. */
const recordOf = ({
  id,
  path,
  dataType,
  problemType,
  question,
  options,
  answer,
}: Judgement): VideoRecord | undefined => {
  const kind = dataTypes.find(one => one === dataType)
  if (path === '' || kind === undefined) return undefined
  const type = problemTypes.find(one => one === problemType) ?? 'free-form'
  return { id, path, dataType: kind, problemType: type, problem: question, options, answer, source: '' }
}

const sheets = (options: LookOptions) =>
  pipeline(
    'sheet',
    look({ ...options, frames: options.frames ?? uniform(8, { atMost: true }) }),
    toSheet({ columns: 4, cell: 240, gap: 3, quality: 72 }),
    stage.dropping('frames'),
  )

/** Frames of a judgement, or why there are none. */
const seen = async (
  judgement: Judgement,
  where: LookOptions | undefined,
): Promise<Pick<PageJudgement, 'sheet' | 'unseen'>> => {
  if (where === undefined) return { unseen: 'no folder of media was named (--root)' }
  const record = recordOf(judgement)
  if (record === undefined) return { unseen: 'the judgement does not say where its medium is' }
  for await (const item of iterate(items([{ record }]).pipe(sheets(where))))
    return E.isRight(item) ? { sheet: item.right.sheet } : { unseen: item.left.fault.cause }
  return { unseen: 'there is no frame' }
}

/**
 * Judgements as the page shows them, each with eight frames on one small picture; one clip is decoded at a time. A medium that cannot be
 * read is told on the page.
 */
export const pageJudgements = async (
  judgements: readonly Judgement[],
  where: LookOptions | undefined,
): Promise<readonly PageJudgement[]> => {
  const shown: PageJudgement[] = []
  for (const judgement of judgements) {
    const { human: _, note: __, ...one } = judgement
    shown.push({ ...one, ...(await seen(judgement, where)) })
  }
  return shown
}
