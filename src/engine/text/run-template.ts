import { Environment, Interpreter, parse, Template, tokenize } from '@huggingface/jinja'
import { either as E, function as F } from 'fp-ts'
import { messageOf } from '../../flow/index.ts'
import { forbiddenIn, iterablesIn, type Node } from './check-template.ts'
import { inTime } from './in-time.ts'

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

/** Milliseconds by the clock after which a template's time on the processor is counted, and milliseconds of that after which it is stopped. */
const templateTime = 500

/** Steps between two looks at the clock: one alone may sort some thousand numbers. */
const stepsUnwatched = 16

/** Throws where a template has had its time. Most end before the processor is asked, which takes longer than a look at the clock. */
const timer = (): (() => void) => {
  const begun = performance.now()
  let before: NodeJS.CpuUsage | undefined
  return () => {
    if (performance.now() - begun < templateTime) return
    if (before === undefined) {
      before = process.cpuUsage()
      return
    }
    const { user, system } = process.cpuUsage(before)
    if ((user + system) / 1000 > templateTime) throw tooMuch(`${templateTime} ms`)
  }
}

/** An interpreter that stops a template which takes too many steps, too much time or makes too long texts. */
const boundedInterpreter = (environment: Environment, program: Node): Running => {
  const loops = iterablesIn(program)
  const interpreter: Running = new Interpreter(environment)
  const evaluate = interpreter.evaluate.bind(interpreter)
  const sizeOf = measure()
  const look = timer()
  let [steps, all] = [0, 0]
  interpreter.evaluate = (statement, scope) => {
    if (++steps > most.steps) throw tooMuch(`${most.steps} steps`)
    if (steps % stepsUnwatched === 0) look()
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

const parsed = (source: string): Node => {
  if (source.length > most.source) throw tooMuch(`${most.source} characters of source`)
  const program: Node = parse(tokenize(source, { lstrip_blocks: true, trim_blocks: true }))
  const forbidden = forbiddenIn(program)
  if (forbidden !== undefined) throw new Error(forbidden)
  return program
}

/** Milliseconds in which a template is read. Those of known models take one. */
const readingTime = 500

/** The last template and what it says: prompts of a run have one, and reading it takes as long as running it. */
let last: { readonly source: string; readonly program: Node } | undefined

const programOf = (source: string): E.Either<string, Node> => {
  if (last?.source === source) return E.right(last.program)
  const program = inTime(readingTime, () => parsed(source))
  if (E.isRight(program)) last = { source, program: program.right }
  return program
}

const environmentOf = (items: Readonly<Record<string, unknown>>): Environment => {
  const environment = new Environment()
  const words = { false: false, true: true, none: null, False: false, True: true, None: null }
  for (const [name, value] of Object.entries(words)) environment.set(name, value)
  environment.set('raise_exception', (message: unknown) => {
    throw new Error(String(message))
  })
  environment.set('range', range)
  environment.set('strftime_now', dateNow)
  for (const [name, value] of Object.entries(items)) environment.set(name, value)
  return environment
}

/**
 * The text that a Jinja template makes of what it is given. `Left` says what it may not do, or what it takes too much of: its steps,
 * texts and time are counted as it runs, which costs less than a thread that would stop it.
 */
export const runTemplate = (source: string, items: Readonly<Record<string, unknown>>): E.Either<string, string> =>
  F.pipe(
    programOf(source),
    E.flatMap(program =>
      E.tryCatch(() => String(boundedInterpreter(environmentOf(items), program).run(program).value), messageOf),
    ),
  )
