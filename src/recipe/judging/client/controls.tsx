import type { Label } from '../page-data.ts'

const choices: readonly (readonly [Label, string, string])[] = [
  ['yes', 'Yes', 'y'],
  ['no', 'No', 'n'],
  ['unsure', 'Unsure', 'u'],
]

/** The three words of a person. */
export const Choices = ({ label, say }: { label: Label | undefined; say: (label: Label) => void }) => (
  <fieldset class="choices" aria-labelledby="asked">
    {choices.map(([word, text, key]) => (
      <button
        key={word}
        type="button"
        class={word}
        aria-pressed={label === word}
        aria-keyshortcuts={key}
        onClick={() => say(word)}
      >
        {text} <kbd>{key}</kbd>
      </button>
    ))}
  </fieldset>
)

/** Steps through the judgements. */
export const Steps = ({ place, of, go }: { place: number; of: number; go: (place: number) => void }) => (
  <div class="steps">
    <button type="button" disabled={place === 0} aria-keyshortcuts="ArrowLeft" onClick={() => go(place - 1)}>
      ← Previous
    </button>
    <span>
      {place + 1} of {of}
    </span>
    <button type="button" disabled={place === of - 1} aria-keyshortcuts="ArrowRight" onClick={() => go(place + 1)}>
      Next →
    </button>
  </div>
)

/** All judgements by number: which are labelled, and how. */
export const Overview = (given: {
  labels: Readonly<Record<number, Label>>
  of: number
  place: number
  go: (place: number) => void
}) => (
  <nav aria-label="All judgements" class="overview">
    {Array.from({ length: given.of }, (_, place) => (
      <button
        key={place}
        type="button"
        class={given.labels[place] ?? ''}
        aria-current={place === given.place ? 'true' : undefined}
        aria-label={`judgement ${place + 1}, ${given.labels[place] ?? 'not labelled'}`}
        onClick={() => given.go(place)}
      >
        {place + 1}
      </button>
    ))}
  </nav>
)
