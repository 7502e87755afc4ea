import { Environment, Interpreter, parse, Template, tokenize } from '@huggingface/jinja'
import { forbiddenIn, iterablesIn, type Node } from './check-template.ts'

/** What one template may take: characters of its source, steps, characters of one value and of all together, numbers in a range. */
const most = { source: 200_000, steps: 500_000, value: 1_000_000, all: 32_000_000, range: 10_000 }

/** A value of the interpreter, whose own types do not reach users of its package. */
interface Value {
  readonly type: string
  readonly value: unknown
}

/** What is called of the interpreter. It calls `evaluate` of itself for every piece of a template. */
interface Running {
  evaluate: (statement: Node | undefined, environment: unknown) => Value
  readonly run: (program: Node) => Value
}

const tooMuch = (what: string): Error => new Error(`it takes more than ${what}`)

/** Measures values in characters and elements, with all that is inside them: what they would be written out. */
const measure = () => {
  const known = new WeakMap<object, number>()
  const sizeOf = (value: Value, depth = 0): number => {
    const inner = value.value
    if (typeof inner === 'string') return inner.length + 1
    if (typeof inner !== 'object' || inner === null) return 1
    const before = known.get(inner)
    if (before !== undefined) return before
    if (depth > 100) return Number.POSITIVE_INFINITY
    let size = 1
    if (Array.isArray(inner)) for (const one of inner) size += sizeOf(one, depth + 1)
    else if (inner instanceof Map) for (const [name, one] of inner) size += String(name).length + sizeOf(one, depth + 1)
    // A namespace changes while others stay as they were made.
    if (value.type !== 'NamespaceValue') known.set(inner, size)
    return size
  }
  return sizeOf
}

/** Steps that a round of a loop counts for, besides those of its body. */
const stepsOfRound = 4

const elementsIn = (inner: unknown): number =>
  Array.isArray(inner) ? inner.length : inner instanceof Map ? inner.size : 0

/** An interpreter that stops a template which takes too many steps or makes too long texts. */
const boundedInterpreter = (environment: Environment, program: Node): Running => {
  const loops = iterablesIn(program)
  const interpreter: Running = new Interpreter(environment)
  const evaluate = interpreter.evaluate.bind(interpreter)
  const sizeOf = measure()
  let [steps, all] = [0, 0]
  interpreter.evaluate = (statement, scope) => {
    if (++steps > most.steps) throw tooMuch(`${most.steps} steps`)
    const value = evaluate(statement, scope)
    if (value.type === 'FunctionValue') {
      if (statement?.type === 'MemberExpression' && statement.computed === true)
        throw new Error('a function is named by what is computed')
      return value
    }
    // A loop without a body evaluates nothing but what it goes through, and each round takes some steps' time.
    if (loops.has(statement)) steps += stepsOfRound * elementsIn(value.value)
    const size = sizeOf(value)
    all += typeof value.value === 'string' ? size : 1
    if (size > most.value) throw tooMuch(`${most.value} characters in one value`)
    if (all > most.all) throw tooMuch(`${most.all} characters in all`)
    return value
  }
  return interpreter
}

/** Numbers as Python's `range` gives them, up to a number of them. */
const range = (...given: readonly number[]): readonly number[] => {
  const [start = 0, stop = 0, step = 1] = given.length === 1 ? [0, ...given] : given
  const count = Math.max(0, Math.ceil((stop - start) / step))
  if (!(count <= most.range)) throw tooMuch(`${most.range} numbers in a range`)
  return Array.from({ length: count }, (_, i) => start + i * step)
}

/** The date, as the library itself writes it. */
const dateNow = (format: unknown): string => new Template('{{ strftime_now(format) }}').render({ format })

const programOf = (source: string): Node => {
  if (source.length > most.source) throw tooMuch(`${most.source} characters of source`)
  const program: Node = parse(tokenize(source, { lstrip_blocks: true, trim_blocks: true }))
  const forbidden = forbiddenIn(program)
  if (forbidden !== undefined) throw new Error(forbidden)
  return program
}

/** The text that a Jinja template makes of what it is given; what it may not do is thrown. */
export const runTemplate = (source: string, items: Readonly<Record<string, unknown>>): string => {
  const environment = new Environment()
  for (const [name, value] of Object.entries({
    false: false,
    true: true,
    none: null,
    False: false,
    True: true,
    None: null,
  }))
    environment.set(name, value)
  environment.set('raise_exception', (message: unknown) => {
    throw new Error(String(message))
  })
  environment.set('range', range)
  environment.set('strftime_now', dateNow)
  for (const [name, value] of Object.entries(items)) environment.set(name, value)
  const program = programOf(source)
  return String(boundedInterpreter(environment, program).run(program).value)
}
