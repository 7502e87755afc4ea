import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'

// Writes messages.json from what the compiler says now. Run in the repository root, after `npm run build`.
const tsc = ['node_modules/typescript/bin/tsc', '--pretty', 'false', '-p', 'test/stages/wrong']
const { stdout } = spawnSync('node', tsc, { encoding: 'utf8' })
const said = {}
for (const message of stdout.split(/^(?=test\/stages\/wrong\/)/m).filter(text => text !== '')) {
  const [, file, text] = /^test\/stages\/wrong\/([\w-]+)\.ts\S* error (.*)$/s.exec(message.trimEnd())
  said[file] = [...(said[file] ?? []), text]
}
writeFileSync('test/stages/wrong/messages.json', `${JSON.stringify(said, null, 2)}\n`)
