import type { PageJudgement } from '../page-data.ts'

const said = (verdict: boolean | null | undefined): string =>
  verdict === true ? 'Yes' : verdict === false ? 'No' : 'no verdict'

const Judges = ({ judgement }: { judgement: PageJudgement }) => (
  <dl class="judges">
    {Object.entries(judgement.verdicts).map(([name, verdict]) => (
      <div key={name}>
        <dt>{name}</dt>
        <dd>
          <b>{said(verdict)}</b> {judgement.reasons[name]}
        </dd>
      </div>
    ))}
  </dl>
)

/** One judgement: what was seen, the question with its right answer, and the observation to be judged. */
export const Judgement = ({ judgement, revealed }: { judgement: PageJudgement; revealed: boolean }) => {
  const { question, options, answer, observation, sheet, unseen, dataType, problemType, id } = judgement
  return (
    <article>
      {sheet === undefined ? (
        <p class="unseen">No frames: {unseen}</p>
      ) : (
        <img alt={`frames of the ${dataType || 'clip'}, in their order`} src={`data:image/jpeg;base64,${sheet}`} />
      )}
      <h2 class="question">{question}</h2>
      {options.length === 0 ? null : (
        <ul class="options">
          {options.map(option => (
            <li key={option}>{option}</li>
          ))}
        </ul>
      )}
      <p>
        Right answer: <b>{answer}</b>{' '}
        <small>
          record {id}
          {problemType === '' ? '' : `, ${problemType}`}
        </small>
      </p>
      <h3>Observation</h3>
      <p class="observation">{observation}</p>
      {revealed ? <Judges judgement={judgement} /> : null}
    </article>
  )
}
