import { csvOf, jsonlOf, labelsIn } from '../export.ts'
import type { Labels, PageData } from '../page-data.ts'
import { download } from './kept.ts'

const nameOf = ({ name }: PageData): string => name.replace(/[^\w.-]+/g, '-')

/** Labels as files: out as CSV or JSONL, and in again. */
export const Files = (given: {
  data: PageData
  labels: Labels
  take: (labels: Labels) => void
  say: (text: string) => void
}) => {
  const { data, labels, take, say } = given
  const read = async (file: File | undefined) => {
    if (file === undefined) return
    const found = labelsIn(await file.text(), data)
    const count = Object.keys(found.labels).length
    take(found.labels)
    const others = found.strange === 0 ? '' : `; ${found.strange} belong to another page and are left out`
    say(`${count} labels read from ${file.name}${others}.`)
  }
  return (
    <div class="files">
      <button type="button" onClick={() => download(`${nameOf(data)}.labels.csv`, 'text/csv', csvOf(data, labels))}>
        Save as CSV
      </button>
      <button
        type="button"
        onClick={() => download(`${nameOf(data)}.labels.jsonl`, 'application/jsonl', jsonlOf(data, labels))}
      >
        Save as JSONL
      </button>
      <label>
        Load labels{' '}
        <input
          type="file"
          accept=".csv,.jsonl,text/csv"
          onChange={event => {
            const [file] = event.currentTarget.files ?? []
            void read(file)
            event.currentTarget.value = ''
          }}
        />
      </label>
    </div>
  )
}
