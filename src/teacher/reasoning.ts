/** An answer and the thoughts that came before it. */
interface Told {
  readonly text: string
  readonly reasoning: string
}

const opening = '<think>'
const closing = '</think>'

/**
 * Takes what a model thinks by habit off the front of its answer: `<think>…</think>` (Qwen3, DeepSeek-R1), of which some
 * chat templates write the opening tag into the prompt. A template that begins with `<think>` itself (Video-R1's) keeps
 * it: thoughts are by habit only where another `<think>` or `<observation>` follows, or where nothing opened them.
 */
export const withoutHabit = (answer: string): Told => {
  const end = answer.indexOf(closing)
  if (end < 0) return { text: answer, reasoning: '' }
  const start = answer.indexOf(opening)
  const rest = answer.slice(end + closing.length)
  const before = answer.slice(0, end)
  const unopened = start < 0 || start > end
  const leading = answer.trimStart().startsWith(opening) && (rest.includes(opening) || rest.includes('<observation>'))
  return unopened || leading
    ? { text: rest.trimStart(), reasoning: (unopened ? before : before.slice(start + opening.length)).trim() }
    : { text: answer, reasoning: '' }
}
