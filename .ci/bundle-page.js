/**
 * `npm run page-script`: bundles the script of a run's page (src/run/report/client, with Preact) and writes it as text into
 * src/run/report/client-script.ts, so that nothing needs a bundler to install or run. `--check` only compares.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const folder = fileURLToPath(new URL('../src/run/report/', import.meta.url))
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
const text = `/** The script of a run's page: client/main.tsx and Preact, as one classic script. Written by \`npm run page-script\`. */
export const clientScript =
  ${JSON.stringify(script)}
`
const path = `${folder}client-script.ts`
if (process.argv.includes('--check')) {
  if (readFileSync(path, 'utf8') !== text) {
    console.error('src/run/report/client-script.ts is not what client/ makes. Run npm run page-script.')
    process.exit(1)
  }
} else writeFileSync(path, text)
