import { parseSync, Visitor } from 'oxc-parser'

/** A place in a file that a rule of the house asks about: the number of its line, from 1, and how many lines it takes. */
export interface Found {
  readonly line: number
  readonly lines: number
}

/** What the rules of size and of casts ask of one file. */
export interface Measures {
  /** Lines of the file. */
  readonly lines: number
  /** Every function with its body, arrows and methods too. */
  readonly functions: readonly Found[]
  /** Every `value as T` and `<T>value`; `as const` is none. */
  readonly casts: readonly Found[]
  /** Every call, `new` or mention of a function with type arguments. */
  readonly typeArguments: readonly Found[]
}

/** Reads a TypeScript file and measures it. Throws where it does not parse. */
export const measure = (path: string, text: string): Measures => {
  const { program, errors } = parseSync(path, text)
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]?.message}`)
  const lineAt = (offset: number) => text.slice(0, offset).split('\n').length
  const functions: Found[] = []
  const casts: Found[] = []
  const typeArguments: Found[] = []
  const into = (list: Found[]) => (node: { readonly start: number; readonly end: number }) => {
    const line = lineAt(node.start)
    list.push({ line, lines: lineAt(node.end - 1) - line + 1 })
  }
  const call = (node: { readonly typeArguments?: unknown; readonly start: number; readonly end: number }) => {
    if (node.typeArguments) into(typeArguments)(node)
  }
  new Visitor({
    FunctionDeclaration: into(functions),
    FunctionExpression: into(functions),
    ArrowFunctionExpression: into(functions),
    TSAsExpression: node => {
      if (text.slice(node.typeAnnotation.start, node.typeAnnotation.end) !== 'const') into(casts)(node)
    },
    TSTypeAssertion: into(casts),
    CallExpression: call,
    NewExpression: call,
    TSInstantiationExpression: into(typeArguments),
  }).visit(program)
  return { lines: text.split('\n').length - 1, functions, casts, typeArguments }
}
