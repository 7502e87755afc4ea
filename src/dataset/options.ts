/** A question and its options apart. */
export interface Asked {
  readonly problem: string
  readonly options: readonly string[]
}

/** The label of an option at the beginning of a text: "A. ", "(B) ", "C) ", "D: ". */
const label = /^\s*(?:\(([A-Z])\)|([A-Z])[.):])(?:\s+|$)/

/** The letter that labels an option, or nothing. */
export const labelOf = (option: string): string | undefined => {
  // "A. box", as nearly all are, without a pattern.
  const first = option.charCodeAt(0)
  if (first > 64 && first < 91 && option.startsWith('. ', 1)) return option[0]
  const found = label.exec(option)
  return found?.[1] ?? found?.[2]
}

/** What an option says behind its label. */
export const saidBy = (option: string): string => option.replace(label, '').trim()

/** The letter of the option at a place: 0 is A. */
export const letterAt = (place: number): string => String.fromCharCode(65 + place)

/** Options as Video-R1 writes them, "A. …": labelled by their place where they have no labels of their own that follow each other. */
export const labelled = (options: readonly string[]): readonly string[] =>
  options.every((option, place) => labelOf(option) === letterAt(place))
    ? options
    : options.map((option, place) => `${letterAt(place)}. ${option}`)

const heading = /^\s*(?:options|choices)\s*:$/i

/** A question without a last line that says "Options:". */
const withoutHeading = (problem: string): string => {
  const start = problem.lastIndexOf('\n') + 1
  return heading.test(problem.slice(start)) ? problem.slice(0, start).trimEnd() : problem
}

/** The question without its options, where it ends with all of them in their order, once; nothing where it does not. */
const withoutThem = (problem: string, options: readonly string[]): string | undefined => {
  let rest = problem.trimEnd()
  for (let place = options.length - 1; place >= 0; place--) {
    const option = options[place]!
    if (!rest.endsWith(option)) return undefined
    rest = rest.slice(0, -option.length).trimEnd()
  }
  const question = withoutHeading(rest)
  return question.trim() === '' ? undefined : question
}

/** The question without its options, where it ends with all of them in their order; as it is where it does not. */
export const withoutOptions = (problem: string, options: readonly string[]): string => {
  // Nearly always the last one is not there, which is seen at once.
  if (options.length < 2 || !problem.trimEnd().endsWith(options.at(-1)!.trim())) return problem
  const trimmed = options.map(option => option.trim())
  if (trimmed.includes('')) return problem
  let question = problem
  for (let less = withoutThem(question, trimmed); less !== undefined; less = withoutThem(question, trimmed))
    question = less
  return question
}

/**
 * A question whose last lines are its options, "A. …", "B. …", at least two and in order, taken apart. An option may go on in a further
 * line. As it is where it does not end so.
 */
export const optionsIn = (problem: string): Asked => {
  const lines = problem.trimEnd().split('\n')
  const first = lines.findLastIndex(line => labelOf(line) === 'A')
  if (first < 1) return { problem, options: [] }
  const options: string[] = []
  for (const line of lines.slice(first)) {
    if (labelOf(line) === letterAt(options.length)) options.push(line.trim())
    else options.push(`${options.pop() ?? ''}\n${line}`)
  }
  const question = withoutHeading(lines.slice(0, first).join('\n').trimEnd())
  return options.length < 2 || question.trim() === '' ? { problem, options: [] } : { problem: question, options }
}
