import { useMemo, useState } from 'preact/hooks'
import { isConstant } from '../constant-group.ts'
import type { PageGroup, PageGroups } from '../page-groups.ts'
import { Filters } from './filters.tsx'
import { Group } from './group.tsx'
import { List } from './list.tsx'
import { counterpart, type Filter, isAsked } from './view.ts'

const everything: Filter = {
  phase: '',
  beside: '',
  type: '',
  kind: '',
  process: '',
  least: Number.NEGATIVE_INFINITY,
  most: Number.POSITIVE_INFINITY,
  from: Number.NEGATIVE_INFINITY,
  to: Number.POSITIVE_INFINITY,
  words: '',
}

const ordinal = (every: number): string => `${every}${every % 10 === 2 && every % 100 !== 12 ? 'nd' : 'th'}`

const keyOf = ({ phase, nth }: PageGroup): string => JSON.stringify([phase, nth])

const Sample = ({ data }: { data: PageGroups }) => (
  <p>
    <small>
      {data.phases
        .map(({ phase, of, every }) => `${phase}: ${every === 1 ? 'all' : `every ${ordinal(every)}`} of ${of} groups`)
        .join('; ')}
      , so that they take no more than 12 MB. Tokens are <span class="token plus">blue</span> where their advantage is
      positive and <span class="token minus">orange</span> where it is negative, the stronger the larger; the line under
      them says the process:{' '}
      {data.processes.map((process, place) => (
        <span key={process} class={`piece u${place % 6}`}>
          {process}{' '}
        </span>
      ))}
    </small>
  </p>
)

/** The phase that is asked for; the first there is until one was chosen. */
const withPhase = (filter: Filter, { phases }: PageGroups): Filter =>
  filter.phase === '' ? { ...filter, phase: phases[0]?.phase ?? '' } : filter

/** The first group from which something is learned: it has more to show than one whose completions all earn the same. */
const telling = (groups: readonly PageGroup[], processes: readonly string[]): PageGroup | undefined =>
  groups.find(group => processes.some(process => !isConstant(group, process))) ?? groups[0]

/** The browser of groups. */
export const App = ({ data }: { data: PageGroups }) => {
  const [asking, setAsking] = useState(everything)
  const [picked, setPicked] = useState<string>()
  const filter = withPhase(asking, data)
  const asked = useMemo(() => data.groups.filter(group => isAsked(group, filter, data.processes)), [data, asking])
  if (data.groups.length === 0) return <p>No group was kept yet.</p>
  const chosen = asked.find(group => keyOf(group) === picked) ?? telling(asked, data.processes)
  const other =
    chosen === undefined || filter.beside === '' ? undefined : counterpart(data.groups, filter.beside, chosen)
  return (
    <>
      <Sample data={data} />
      <Filters data={data} filter={filter} change={changed => setAsking({ ...filter, ...changed })} />
      <p aria-live="polite">
        {asked.length} {asked.length === 1 ? 'group' : 'groups'}
      </p>
      <div class="browser">
        <List groups={asked} processes={data.processes} chosen={chosen} choose={group => setPicked(keyOf(group))} />
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
