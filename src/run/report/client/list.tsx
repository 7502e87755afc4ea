import { isConstant } from '../constant-group.ts'
import type { PageGroup } from '../page-groups.ts'
import { meanReward, number } from './view.ts'

const most = 400

const moveTo = (button: Element | null | undefined): void => {
  if (button instanceof HTMLElement) button.focus()
}

/** Arrow keys move between the groups of the list. */
const onKey = (event: KeyboardEvent): void => {
  const item = event.target instanceof HTMLElement ? event.target.closest('li') : null
  if (item === null || (event.key !== 'ArrowDown' && event.key !== 'ArrowUp')) return
  event.preventDefault()
  const next = event.key === 'ArrowDown' ? item.nextElementSibling : item.previousElementSibling
  moveTo(next?.querySelector('button'))
}

/** The groups that were asked for, with the mean reward of each process; a struck one is the same for all completions. */
export const List = (given: {
  groups: readonly PageGroup[]
  processes: readonly string[]
  chosen: PageGroup | undefined
  choose: (group: PageGroup) => void
}) => (
  <ul class="list" onKeyDown={onKey}>
    {given.groups.slice(0, most).map(group => (
      <li key={`${group.phase} ${group.nth}`}>
        <button type="button" aria-pressed={group === given.chosen} onClick={() => given.choose(group)}>
          <span>step {group.step}</span> <b>{group.id}</b>
          <span class="means">
            {given.processes.map((process, place) => (
              <span
                key={process}
                class={`u${place % 6} ${isConstant(group, process) ? 'constant' : ''}`}
                title={process}
              >
                {number(meanReward(group, process))}
              </span>
            ))}
          </span>
        </button>
      </li>
    ))}
    {given.groups.length > most ? <li>{given.groups.length - most} more: narrow the choice.</li> : null}
  </ul>
)
