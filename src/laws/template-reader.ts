import type { Template } from '../process/index.ts'

const escaped = (text: string): string => text.replaceAll(/[$()*+.?[\\\]^{|}]/g, '\\$&')

/** What a template accepts, by definition: its segments once and in order, white space around, no tag inside a text. */
export const segmentsByDefinition = <T extends string>(
  { segments }: Template<string, T>,
  text: string,
): Readonly<Record<string, string>> | null => {
  const white = '[ \\t-\\r]*'
  const body = segments.map(({ tag }) => `<${escaped(tag)}>([^]*?)</${escaped(tag)}>`).join(white)
  const found = new RegExp(`^${white}${body}${white}$`).exec(text)
  if (found === null) return null
  const inner = found.slice(1)
  const tags = segments.flatMap(({ tag }) => [`<${tag}>`, `</${tag}>`])
  if (inner.some(one => tags.some(tag => one.includes(tag)))) return null
  return Object.fromEntries(segments.map(({ tag }, i) => [tag, inner[i] ?? '']))
}

/** Whether a beginning could still become an output of the template. */
export const couldGoOn = <T extends string>(template: Template<string, T>, beginning: string): boolean => {
  const tags = template.segments.flatMap(({ tag }) => [`<${tag}>`, `</${tag}>`])
  return tags
    .concat('')
    .some((tag, j) =>
      Array.from({ length: Math.max(1, tag.length) }, (_, cut) => tag.slice(cut) + tags.slice(j + 1).join('')).some(
        rest => segmentsByDefinition(template, beginning + rest) !== null,
      ),
    )
}
