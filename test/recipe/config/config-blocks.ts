/** The configurations of a page: each block of YAML with the heading above it. */
export const configBlocks = (page: string): readonly { readonly title: string; readonly yaml: string }[] =>
  page
    .split(/^## /m)
    .slice(1)
    .flatMap(section => {
      const title = section.slice(0, section.indexOf('\n'))
      return [...section.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, yaml = '']) => ({ title, yaml }))
    })
