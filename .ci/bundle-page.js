/**
 * `npm run page-script`: bundles the scripts of pages (client/ of src/run/report and of src/recipe/judging, with Preact) and writes each
 * as text into client-script.ts beside it, so that nothing needs a bundler to install or run. `--check` only compares.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const pages = [
  ['src/run/report', "a run's page"],
  ['src/recipe/judging', 'the labelling page'],
]
const check = process.argv.includes('--check')
for (const [name, what] of pages) {
  const folder = fileURLToPath(new URL(`../${name}/`, import.meta.url))
  const { outputFiles } = await build({
    entryPoints: [`${folder}client/main.tsx`],
    bundle: true,
    write: false,
    format: 'iife',
    target: 'es2023',
    minify: true,
    legalComments: 'inline',
    charset: 'ascii',
    jsx: 'automatic',
    jsxImportSource: 'preact',
  })
  const script = outputFiles[0].text.trim().replaceAll('</script', '<\\/script')
  const text = `/** The script of ${what}: client/main.tsx and Preact, as one classic script. Written by \`npm run page-script\`. */
export const clientScript =
  ${JSON.stringify(script)}
`
  const path = `${folder}client-script.ts`
  if (!check) writeFileSync(path, text)
  else if (readFileSync(path, 'utf8') !== text) {
    console.error(`${name}/client-script.ts is not what client/ makes. Run npm run page-script.`)
    process.exitCode = 1
  }
}
