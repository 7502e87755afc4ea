import { isGlued, isMark, type Token, token } from './token.ts'

/** What stands for a command of LaTeX; a command that is not listed becomes a word of its name. */
const symbols: Readonly<Record<string, string>> = {
  times: '×',
  cdot: '·',
  ast: '×',
  div: '÷',
  circ: '°',
  degree: '°',
  approx: '≈',
  sim: '~',
  pm: '±',
  mp: '±',
  le: '≤',
  leq: '≤',
  lt: '<',
  ge: '≥',
  geq: '≥',
  gt: '>',
  neq: '≠',
  ne: '≠',
  euro: '€',
  pounds: '£',
}
const fractions = new Set(['frac', 'dfrac', 'tfrac', 'cfrac'])
const boxes = new Set(['boxed', 'fbox', 'framebox'])
const spaces = new Set(['quad', 'qquad', 'space', 'newline'])
const silent = new Set(
  'text textbf textit textrm textsf texttt mathrm mathbf mathit mathsf mathtt mathbb mathcal operatorname mbox hbox emph underline bm boldsymbol left right big bigl bigr displaystyle textstyle rm bf it'.split(
    ' ',
  ),
)

/** What a brace that opens is for. */
type Brace = 'plain' | 'box' | 'over' | 'under'

interface Undressing {
  readonly out: Token[]
  readonly braces: Brace[]
  /** Arguments of a fraction that are still to come. */
  fraction: 0 | 1 | 2
  box: boolean
  gap: boolean
  line: boolean
}

const emit = (state: Undressing, kind: Token['kind'], text: string, found: Token): void => {
  const gap = found.gap || state.gap
  const line = found.line || state.line
  const same = found.kind === kind && found.text === text && found.gap === gap && found.line === line
  state.out.push(same ? found : token(kind, text, { gap, line, ideographs: found.ideographs }))
  state.gap = false
  state.line = false
}

/** White space before what is taken off stands before what comes next. */
const keepSpace = (state: Undressing, { gap, line }: Token): void => {
  state.gap ||= gap
  state.line ||= line
}

const command = (state: Undressing, found: Token): void => {
  keepSpace(state, found)
  const symbol = Object.hasOwn(symbols, found.text) ? symbols[found.text] : undefined
  if (fractions.has(found.text)) {
    state.fraction = 2
    state.gap = true
  } else if (boxes.has(found.text)) state.box = true
  else if (symbol !== undefined) {
    if (symbol === '°' && state.out.at(-1)?.text === '^') state.out.pop()
    emit(state, 'mark', symbol, found)
  } else if (spaces.has(found.text)) state.gap = true
  else if (!silent.has(found.text)) emit(state, 'word', found.text, found)
}

const open = (state: Undressing, found: Token): void => {
  if (state.box) emit(state, 'box', '{', found)
  else keepSpace(state, found)
  const part = state.fraction === 2 ? 'over' : state.fraction === 1 ? 'under' : 'plain'
  state.braces.push(state.box ? 'box' : part)
  if (!state.box) state.fraction = 0
  state.box = false
}

const close = (state: Undressing, found: Token): void => {
  const brace = state.braces.pop()
  if (brace === 'box') emit(state, 'unbox', '}', found)
  if (brace === 'over') {
    emit(state, 'mark', '/', found)
    state.fraction = 1
  }
  if (brace === 'under') state.gap = true
}

/** "\frac12": two digits without braces. */
const shortFraction = (state: Undressing, found: Token): boolean => {
  if (state.fraction !== 2 || found.kind !== 'digits' || found.text.length !== 2) return false
  emit(state, 'digits', found.text.charAt(0), found)
  emit(state, 'mark', '/', { ...found, gap: false, line: false })
  emit(state, 'digits', found.text.charAt(1), { ...found, gap: false, line: false })
  state.fraction = 0
  return true
}

/** `\$`, `\%` and `\{` are themselves; `\,` and `\ ` are white space; `\(` and `\]` only say that mathematics begins or ends. */
const escaped = (state: Undressing, found: Token): void => {
  if ('()[]!'.includes(found.text)) return
  if (',;: \\'.includes(found.text)) {
    state.gap = true
    state.line ||= found.text === '\\'
  } else if (!'{}'.includes(found.text)) emit(state, 'mark', found.text, found)
}

/**
 * The dollar signs that enclose mathematics, by pandoc's rule: nothing but a token behind the first, nothing but a token
 * before the second, no digit right behind it. "$13$" is 13 and "$5 and $6" are two prices.
 */
const mathSigns = (tokens: readonly Token[]): ReadonlySet<number> => {
  const isSign = (at: number): boolean => tokens[at]?.kind === 'mark' && tokens[at]?.text === '$'
  const isGluedTo = (at: number): boolean => tokens[at] !== undefined && tokens[at]?.gap === false
  const signs = new Set<number>()
  let opened: number | null = null
  for (let at = 0; at < tokens.length; at++) {
    if (!isSign(at) || (tokens[at - 1]?.text === '\\' && isGluedTo(at))) continue
    const double = isSign(at + 1) && isGluedTo(at + 1)
    const behind = double ? at + 2 : at + 1
    const closes = opened !== null && isGluedTo(at) && !(isGluedTo(behind) && tokens[behind]?.kind === 'digits')
    if (double) signs.add(at).add(at + 1)
    if (opened !== null && closes) {
      signs.add(opened).add(at)
      opened = null
    } else if (double || isGluedTo(behind)) opened = at
    if (double) at++
  }
  return signs
}

/** Two stars are a power, one is a product; three are neither. */
const longestOperator = 2

/** Stars, underscores and backticks that mean weight and not "times" or "to the power of". */
const isEmphasis = (tokens: readonly Token[], at: number): boolean => {
  const found = tokens[at]
  if (found?.kind !== 'mark' || !'*_`'.includes(found.text)) return false
  if (found.text === '`') return true
  let before = at - 1
  let after = at + 1
  while (at - before <= longestOperator && tokens[before]?.text === found.text) before--
  while (after - at <= longestOperator && tokens[after]?.text === found.text) after++
  const stars = after - before - 1
  // "10**-3": the sign belongs to the power.
  const signed = stars === longestOperator && isGlued(tokens, before + 1) && isMark(tokens, after, '+-')
  const operand = tokens[signed ? after + 1 : after]
  return tokens[before]?.kind !== 'digits' || operand?.kind !== 'digits' || stars > longestOperator
}

/**
 * Takes LaTeX and markdown off: `\boxed{…}` becomes a box around its tokens, `\frac{a}{b}` a/b, `\text{…}` and
 * `**…**` what stands inside; braces go. Time linear in the tokens.
 */
export const undress = (tokens: readonly Token[]): readonly Token[] => {
  const state: Undressing = { out: [], braces: [], fraction: 0, box: false, gap: false, line: false }
  const mathematics = mathSigns(tokens)
  for (let at = 0; at < tokens.length; at++) {
    const found = tokens[at]
    if (found === undefined) break
    const next = tokens[at + 1]
    if (found.kind === 'command') command(state, found)
    else if (found.kind === 'mark' && found.text === '\\') {
      keepSpace(state, found)
      if (next?.kind === 'mark' && !next.gap) {
        escaped(state, next)
        at++
      }
    } else if (found.kind === 'mark' && found.text === '{') open(state, found)
    else if (found.kind === 'mark' && found.text === '}') close(state, found)
    else if (mathematics.has(at) || isEmphasis(tokens, at)) keepSpace(state, found)
    else if (!shortFraction(state, found)) emit(state, found.kind, found.text, found)
  }
  return state.out
}
