import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ffmpeg, nodeAv } from 'kinograd/media'
import { mutated } from './mutate.ts'
import { tryFile } from './try.ts'

/**
 * A child that takes many mutated files: `worker.js FOLDER FROM TO SCRATCH [PROGRAM]`. It says on standard output which
 * seed it begins (`> 17`) and what was wrong (`! 17 …`), and at the end what it holds (`. descriptors children`), so
 * that its parent knows which file was its last if FFmpeg takes it down.
 */
const [folder = '', from = '0', to = '0', scratch = '', program] = process.argv.slice(2)
const files = readdirSync(folder)
  .sort()
  .map(name => [name, readFileSync(join(folder, name))] as const)
const limits = { milliseconds: 20_000, pixels: 2048 * 2048, bytes: 2 ** 28, durationSeconds: 86_400 }
const make = program === undefined ? nodeAv : (options: Parameters<typeof nodeAv>[0]) => ffmpeg(program, options)
const decoders = [make({ limits }), make({ limits, onDamage: 'state' })] as const

const say = (line: string): void => {
  writeFileSync(1, `${line}\n`)
}
const held = (): number => readdirSync('/proc/self/fd').length

/** Children of this process that still run or were not waited for. */
const children = (): number =>
  readdirSync('/proc').filter(pid => {
    if (!/^\d+$/.test(pid)) return false
    try {
      return readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1)?.split(' ')[1] === String(process.pid)
    } catch {
      return false
    }
  }).length

const linux = process.platform === 'linux'
await tryFile(decoders[0], join(folder, files[0]![0]))
const before = linux ? held() : 0
for (let seed = Number(from); seed < Number(to); seed++) {
  say(`> ${seed}`)
  const { bytes, base, kinds } = mutated(files, seed)
  const path = join(scratch, `broken-${base}`)
  writeFileSync(path, bytes)
  const wrong = await tryFile(decoders[seed % 2]!, path)
  if (wrong.length > 0) say(`! ${seed} ${base} ${kinds.join('+')}: ${JSON.stringify(wrong.join('; '))}`)
}
await new Promise(resolve => setTimeout(resolve, 50))
say(`. ${linux ? held() - before : 0} ${linux ? children() : 0}`)
