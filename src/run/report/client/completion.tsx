import type { PagePiece, PageRollout } from '../page-groups.ts'
import { number, signed } from './view.ts'

/** How strongly an advantage colours its tokens, in percent. */
const strength = (advantage: number, largest: number): string => (10 + (35 * Math.abs(advantage)) / largest).toFixed(0)

const colourOf = (advantage: number | null, largest: number): string | undefined =>
  advantage === null || advantage === 0
    ? undefined
    : `background:color-mix(in srgb, var(--${advantage > 0 ? 'good' : 'bad'}) ${strength(advantage, largest)}%, transparent)`

const Piece = ({ piece, processes, largest }: { piece: PagePiece; processes: readonly string[]; largest: number }) => {
  const [process, advantage, tokens] = piece
  const name = processes[process] ?? 'no process'
  return (
    <span class={`piece ${process < 0 ? '' : `u${process % 6}`}`} title={`${name}, advantage ${signed(advantage)}`}>
      {tokens.map((token, place) => (
        <span key={place} class="token" style={colourOf(advantage, largest)}>
          {token}
        </span>
      ))}
    </span>
  )
}

/** A completion with a mark where it departs from the template. */
const withMark = (pieces: readonly PagePiece[], at: number): readonly (PagePiece | 'here')[] => {
  let passed = 0
  const marked: (PagePiece | 'here')[] = []
  for (const piece of pieces) {
    const [process, advantage, tokens] = piece
    const end = passed + tokens.join('').length
    if (marked.includes('here') || at < passed || at >= end) marked.push(piece)
    else {
      const before: string[] = []
      const after: string[] = []
      for (const token of tokens) {
        if (passed + before.join('').length + token.length <= at && after.length === 0) before.push(token)
        else after.push(token)
      }
      marked.push([process, advantage, before], 'here', [process, advantage, after])
    }
    passed = end
  }
  return marked.includes('here') ? marked : [...marked, 'here']
}

const Rewards = ({ rollout }: { rollout: PageRollout }) => (
  <table>
    <thead>
      <tr>
        <th scope="col">process</th>
        <th scope="col" class="number">
          reward
        </th>
        <th scope="col">of these parts</th>
        <th scope="col" class="number">
          advantage
        </th>
      </tr>
    </thead>
    <tbody>
      {Object.entries(rollout.rewards).map(([name, reward]) => (
        <tr key={name}>
          <th scope="row">{name}</th>
          <td class="number">{number(reward)}</td>
          <td>
            {Object.entries(rollout.parts?.[name] ?? {})
              .map(([part, value]) => `${part} ${number(value)}`)
              .join(' · ')}
          </td>
          <td class="number">{signed(rollout.advantages[name])}</td>
        </tr>
      ))}
    </tbody>
  </table>
)

/** One completion: its tokens by advantage, its rewards in parts, and what was said of them. */
export const Completion = (given: {
  rollout: PageRollout
  place: number
  processes: readonly string[]
  largest: number
}) => {
  const { rollout, place, processes, largest } = given
  const { pieces, malformed, truncated, mismatch, notes = {} } = rollout
  const all = malformed === undefined ? pieces : withMark(pieces, malformed.at)
  return (
    <li class="completion">
      <h4>
        Completion {place + 1}
        {truncated ? <span class="tag">truncated</span> : null}
        {mismatch ? <span class="tag">answer is not what the thoughts come to</span> : null}
        {malformed === undefined ? null : <span class="tag">malformed</span>}
      </h4>
      <p class="output">
        {all.map((piece, index) =>
          piece === 'here' ? (
            <mark key={index} title={malformed?.why}>
              ⚑
            </mark>
          ) : (
            <Piece key={index} piece={piece} processes={processes} largest={largest} />
          ),
        )}
      </p>
      {malformed === undefined ? null : (
        <p class="why">
          <b>Malformed</b> {malformed.why}
        </p>
      )}
      <Rewards rollout={rollout} />
      {Object.entries(notes).map(([name, note]) => (
        <p key={name} class="why">
          <b>{name}</b> {note}
        </p>
      ))}
    </li>
  )
}
