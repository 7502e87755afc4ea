import { join } from 'node:path'
import { either as E } from 'fp-ts'
import { type Fault, fault } from '../../flow/index.ts'
import { brief } from '../../untrusted/index.ts'

/** Where an annotation keeps what: the chains at `out`, all else beside it under the same name. */
export interface AnnotationFiles {
  /** Kept chains, one a line, in the order of the records. */
  readonly out: string
  /** Records that gave no chain, with reasons: one a line, in the order of the records. */
  readonly failures: string
  /** What the judge said of each verified chain: what `kinograd judge-agreement` reads. */
  readonly judgements: string
  /** What each step let through, and what it cost; written at the end. */
  readonly retention: string
  /** The folder of what resuming needs. */
  readonly work: string
  /** In it: the answers that were paid for. */
  readonly answers: string
  /** In it: what each answer cost. */
  readonly spent: string
  /** In it: what was asked for. */
  readonly settings: string
  /** What the names of the parts of the released form begin with: `STEM.part1of2.json.gz`. */
  readonly stem: string
}

const endings = /\.(?:jsonl|ndjson|json|csv|parquet|txt)$/i

/**
 * The files of an annotation whose chains go to `out`. Left: `Usage` for a name whose ending says another form than lines of
 * JSON.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { annotationFiles } from 'kinograd/recipe'
 *
 * const files = annotationFiles('data/cot.jsonl')
 * assert(E.isRight(files) && files.right.failures === 'data/cot.failures.jsonl')
 * assert(E.isLeft(annotationFiles('data/cot.json.gz')))
 * ```
 */
export const annotationFiles = (out: string): E.Either<Fault, AnnotationFiles> => {
  if (/\.(?:json|gz|csv|parquet)$/i.test(out) || /[/\\]$/.test(out) || out.trim() === '')
    return E.left(
      fault(
        'Usage',
        `the output ${brief(out, 200)} does not name a file of lines`,
        'Name it FILE.jsonl: chains are written line by line, and the gzip parts beside it at the end.',
      ),
    )
  const base = out.replace(endings, '')
  const work = `${base}.annotation`
  return E.right({
    out,
    failures: `${base}.failures.jsonl`,
    judgements: `${base}.judgements.jsonl`,
    retention: `${base}.retention.json`,
    work,
    answers: join(work, 'answers'),
    spent: join(work, 'spent.jsonl'),
    settings: join(work, 'settings.json'),
    stem: base,
  })
}
