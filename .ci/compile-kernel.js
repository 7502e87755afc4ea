/**
 * `npm run kernel`: compiles the decoding step from AssemblyScript to WebAssembly, with relaxed SIMD and without, and writes both as
 * text into src/engine/tfjs/sample/decode/kernel.ts, so that nothing needs a compiler to install or run. `--check` only compares.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import asc from 'assemblyscript/asc'

const folder = fileURLToPath(new URL('../src/engine/tfjs/sample/decode/', import.meta.url))
const flags = ['--enable', 'simd', '--enable', 'threads', '--sharedMemory', '--importMemory', '--noExportMemory']
const memory = ['--initialMemory', '16', '--maximumMemory', '65536', '--runtime', 'stub']

const compiled = async (...features) => {
  const output = new Map()
  const { error, stderr } = await asc.main(
    ['step.ts', '-O3', ...flags, ...features, ...memory, '--outFile', 'step.wasm'],
    {
      baseDir: folder,
      readFile: name => {
        try {
          return readFileSync(`${folder}/assembly/${name}`, 'utf8')
        } catch {
          return null
        }
      },
      writeFile: (name, contents) => output.set(name, contents),
      listFiles: () => [],
    },
  )
  if (error) {
    console.error(stderr.toString())
    process.exit(1)
  }
  return Buffer.from(output.get('step.wasm')).toString('base64')
}

const text = `/** assembly/step.ts as WebAssembly, in base64, with fused multiply-adds and without. Written by \`npm run kernel\`. */
export const kernels = {
  fused:
    '${await compiled('--enable', 'relaxed-simd')}',
  plain:
    '${await compiled()}',
}
`
const file = `${folder}kernel.ts`
if (!process.argv.includes('--check')) writeFileSync(file, text)
else if (readFileSync(file, 'utf8') !== text) {
  console.error('src/engine/tfjs/sample/decode/kernel.ts is not what its source compiles to: run npm run kernel')
  process.exit(1)
}
