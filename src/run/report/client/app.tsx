import { useMemo, useState } from 'preact/hooks'
import type { PageGroup, PageGroups } from '../page-groups.ts'
import { Filters } from './filters.tsx'
import { Group } from './group.tsx'
import { List } from './list.tsx'
import { counterpart, type Filter, isAsked } from './view.ts'

const everything = (phase: string): Filter => ({
  phase,
  beside: '',
  type: '',
  kind: '',
  process: '',
  least: Number.NEGATIVE_INFINITY,
  most: Number.POSITIVE_INFINITY,
  from: Number.NEGATIVE_INFINITY,
  to: Number.POSITIVE_INFINITY,
  words: '',
})

const Sample = ({ data }: { data: PageGroups }) => (
  <p>
    <small>
      {data.phases
        .map(({ phase, of, every }) => `${phase}: ${every === 1 ? 'all' : `every ${every}th`} of ${of} groups kept`)
        .join('; ')}
      . Tokens are <span class="token plus">blue</span> where their advantage is positive and{' '}
      <span class="token minus">orange</span> where it is negative, the stronger the larger; the line under them says
      the process:{' '}
      {data.processes.map((process, place) => (
        <span key={process} class={`piece u${place % 6}`}>
          {process}{' '}
        </span>
      ))}
    </small>
  </p>
)

/** The browser of groups. */
export const App = ({ data }: { data: PageGroups }) => {
  const [filter, setFilter] = useState(() => everything(data.phases[0]?.phase ?? ''))
  const [picked, setPicked] = useState<PageGroup>()
  const asked = useMemo(() => data.groups.filter(group => isAsked(group, filter, data.processes)), [data, filter])
  const chosen = picked !== undefined && asked.includes(picked) ? picked : asked[0]
  const other =
    chosen === undefined || filter.beside === '' ? undefined : counterpart(data.groups, filter.beside, chosen)
  return (
    <>
      <Sample data={data} />
      <Filters data={data} filter={filter} change={changed => setFilter({ ...filter, ...changed })} />
      <p aria-live="polite">
        {asked.length} {asked.length === 1 ? 'group' : 'groups'}
      </p>
      <div class="browser">
        <List groups={asked} processes={data.processes} chosen={chosen} choose={setPicked} />
        <div class="shown">
          {chosen === undefined ? <p>No group is like that.</p> : <Group group={chosen} processes={data.processes} />}
          {filter.beside === '' || chosen === undefined ? null : other === undefined ? (
            <p>
              {filter.beside} has no group of record {chosen.id} among those kept.
            </p>
          ) : (
            <Group group={other} processes={data.processes} />
          )}
        </div>
      </div>
    </>
  )
}
