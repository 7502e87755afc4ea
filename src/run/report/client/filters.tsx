import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'
import type { PageGroups } from '../page-groups.ts'
import { type Filter, kindNames } from './view.ts'

interface Given {
  readonly data: PageGroups
  readonly filter: Filter
  readonly change: (changed: Partial<Filter>) => void
}

const Field = ({ label, children }: { label: string; children: (id: string) => ComponentChildren }) => {
  const id = useId()
  return (
    <div class="field">
      <label htmlFor={id}>{label}</label>
      {children(id)}
    </div>
  )
}

const Choice = (given: {
  label: string
  value: string
  options: readonly string[]
  none?: string
  pick: (value: string) => void
}) => (
  <Field label={given.label}>
    {id => (
      <select id={id} value={given.value} onChange={event => given.pick(event.currentTarget.value)}>
        {given.none === undefined ? null : <option value="">{given.none}</option>}
        {given.options.map(option => (
          <option key={option} value={option}>
            {option}
          </option>
        ))}
      </select>
    )}
  </Field>
)

const Amount = (given: { label: string; value: number; step: string; pick: (value: number) => void }) => (
  <Field label={given.label}>
    {id => (
      <input
        id={id}
        type="number"
        step={given.step}
        value={Number.isFinite(given.value) ? given.value : ''}
        onChange={event =>
          given.pick(event.currentTarget.value === '' ? Number.NaN : event.currentTarget.valueAsNumber)
        }
      />
    )}
  </Field>
)

const or = (value: number, otherwise: number): number => (Number.isNaN(value) ? otherwise : value)

/** What is shown: phase, steps, type, kind, reward, words. */
export const Filters = ({ data, filter, change }: Given) => {
  const phases = data.phases.map(({ phase }) => phase)
  const types = [...new Set(data.groups.flatMap(({ problemType }) => problemType ?? []))]
  return (
    <form class="filters" onSubmit={event => event.preventDefault()}>
      <Choice label="phase" value={filter.phase} options={phases} pick={phase => change({ phase })} />
      <Choice
        label="beside it"
        value={filter.beside}
        options={phases.filter(phase => phase !== filter.phase)}
        none="nothing"
        pick={beside => change({ beside })}
      />
      <Amount
        label="from step"
        value={filter.from}
        step="1"
        pick={from => change({ from: or(from, Number.NEGATIVE_INFINITY) })}
      />
      <Amount
        label="to step"
        value={filter.to}
        step="1"
        pick={to => change({ to: or(to, Number.POSITIVE_INFINITY) })}
      />
      <Choice label="type" value={filter.type} options={types} none="all" pick={type => change({ type })} />
      <Choice
        label="with one that is"
        value={filter.kind}
        options={kindNames}
        none="anything"
        pick={kind => change({ kind })}
      />
      <Choice
        label="mean reward of"
        value={filter.process}
        options={data.processes}
        none="any"
        pick={process => change({ process })}
      />
      <Amount
        label="at least"
        value={filter.least}
        step="0.1"
        pick={least => change({ least: or(least, Number.NEGATIVE_INFINITY) })}
      />
      <Amount
        label="at most"
        value={filter.most}
        step="0.1"
        pick={most => change({ most: or(most, Number.POSITIVE_INFINITY) })}
      />
      <Field label="with the words">
        {id => (
          <input
            id={id}
            type="search"
            value={filter.words}
            onInput={event => change({ words: event.currentTarget.value })}
          />
        )}
      </Field>
    </form>
  )
}
