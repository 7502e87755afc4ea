/** What may make a text many times longer in one step, with the place of the argument by which it does. */
const growing: ReadonlyMap<string, number> = new Map([
  ['replace', 1],
  ['join', 0],
  ['indent', 0],
  ['tojson', 0],
])
const longestArgument = 64

/** A piece of a parsed template: its type, and whatever belongs to that. */
export type Node = Readonly<Record<string, unknown>>
const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null

const nameOf = (callee: unknown): string => {
  if (!isNode(callee)) return ''
  if (callee.type === 'Identifier') return String(callee.value)
  return callee.type === 'MemberExpression' ? nameOf(callee.property) : ''
}

/** Whether an argument is written out and small, however it is given. */
const isSmall = (argument: unknown): boolean => {
  if (!isNode(argument)) return false
  const { type, value } = argument
  if (type === 'KeywordArgumentExpression') return isSmall(value)
  if (type === 'TupleLiteral' || type === 'ArrayLiteral') return Array.isArray(value) && value.every(isSmall)
  if (type === 'StringLiteral') return typeof value === 'string' && value.length <= longestArgument
  if (type === 'IntegerLiteral' || type === 'FloatLiteral') return Number(value) <= longestArgument
  return type === 'Identifier' && /^(?:true|false|none)$/i.test(String(value))
}

/** Every piece of a template, each before those inside it. */
function* piecesOf(program: Node): Generator<Node> {
  const open: unknown[] = [program]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (!isNode(next)) continue
    yield next
    for (const child of Object.values(next)) if (isNode(child)) open.push(child)
  }
}

/** What the loops of a template go through, and filtered loops with it. */
export const iterablesIn = (program: Node): ReadonlySet<unknown> => {
  const found = new Set<unknown>()
  for (const { type, iterable } of piecesOf(program))
    if (type === 'For' && isNode(iterable)) found.add(iterable).add(iterable.lhs)
  found.delete(undefined)
  return found
}

/**
 * What a template may not do, though each step of it is short: calls that make a text longer by what it computes instead of by what
 * it says (`replace`, `join`, `indent`, `tojson`), or that are not called where they are named. Undefined where all is well.
 */
export const forbiddenIn = (program: Node): string | undefined => {
  const called = new Set<unknown>()
  for (const piece of piecesOf(program)) {
    const { type, callee, args } = piece
    if (type === 'CallExpression') {
      called.add(callee)
      const name = nameOf(callee)
      const from = growing.get(name)
      if (from !== undefined && Array.isArray(args) && !args.slice(from).every(isSmall))
        return `${name} is given what is not written out in at most ${longestArgument} characters`
    } else if (type === 'MemberExpression' && piece.computed !== true && !called.has(piece))
      if (nameOf(piece.property) === 'replace') return 'replace is named where it is not called'
  }
  return undefined
}
