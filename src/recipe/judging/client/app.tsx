import { useEffect, useLayoutEffect, useReducer, useState } from 'preact/hooks'
import type { Labels, PageData } from '../page-data.ts'
import { Choices, Overview, Steps } from './controls.tsx'
import { Files } from './files.tsx'
import { Judgement } from './judgement.tsx'
import { keepLabels, keptLabels } from './kept.ts'
import { deedOf } from './keys.ts'
import { after } from './labelling.ts'

const firstUnlabelled = ({ judgements }: PageData, labels: Labels): number =>
  Math.max(
    judgements.findIndex((_, place) => labels[place] === undefined),
    0,
  )

/** The state of labelling, kept by the browser after every label. */
const useLabelling = (data: PageData) => {
  const [state, deed] = useReducer(after(data.judgements.length), undefined, () => {
    const labels = keptLabels(data)
    return { labels, place: firstUnlabelled(data, labels), told: '' }
  })
  useLayoutEffect(() => {
    if (!keepLabels(data, state.labels))
      deed({ kind: 'tell', told: 'This browser keeps nothing for this page: save the labels before you close it.' })
  }, [data, state.labels])
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      const pressedDeed = deedOf(event)
      if (pressedDeed === undefined) return
      event.preventDefault()
      deed(pressedDeed)
    }
    document.addEventListener('keydown', pressed)
    return () => document.removeEventListener('keydown', pressed)
  }, [])
  return { ...state, deed }
}

/** The labelling page. */
export const App = ({ data }: { data: PageData }) => {
  const { labels, place, told, deed } = useLabelling(data)
  const [revealed, setRevealed] = useState(false)
  const of = data.judgements.length
  const done = Object.keys(labels).length
  const go = (to: number) => deed({ kind: 'go', to })
  const judgement = data.judgements[place]
  if (judgement === undefined) return <p>There is no judgement on this page.</p>
  return (
    <>
      <p>
        <label>
          {done} of {of} labelled{' '}
          <progress max={of} value={done}>
            {done} of {of}
          </progress>
        </label>
      </p>
      <Steps place={place} of={of} go={go} />
      <Judgement judgement={judgement} revealed={revealed} />
      <p id="asked">
        <b>Could somebody who knows the observation alone work out the right answer?</b>
      </p>
      <Choices label={labels[place]} say={label => deed({ kind: 'say', label })} />
      <p class="told" aria-live="polite">
        {told}
      </p>
      <p>
        <label>
          <input type="checkbox" checked={revealed} onChange={event => setRevealed(event.currentTarget.checked)} /> Show
          what the judges said <small>(better after you have labelled it)</small>
        </label>
      </p>
      <Files
        data={data}
        labels={labels}
        take={more => deed({ kind: 'take', labels: more })}
        say={text => deed({ kind: 'tell', told: text })}
      />
      <Overview labels={labels} of={of} place={place} go={go} />
      <p>
        <small>
          Keys: y, n, u; ← and → step; Backspace takes a label away. Labels stay in this browser until you save them.
        </small>
      </p>
    </>
  )
}
