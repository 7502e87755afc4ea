/**
 * `node .ci/complete-lock.js`: adds to package-lock.json the optional packages of other platforms that a registry could not name when
 * the lock was written. Without their entries `npm ci` refuses the lock everywhere. Their versions are exact in the packages that ask
 * for them; platforms are read off their names, as npm would read them off their manifests. Then it asks the registry for the hash of
 * every entry that has none, since `npm ci` checks nothing of a package without one. Run it after `npm install`.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'

const path = new URL('../package-lock.json', import.meta.url)
const lock = JSON.parse(readFileSync(path, 'utf8'))

/** Whether Node, looking upwards from a package's folder, finds the other one in the lock. */
const finds = (from, name) => {
  for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
    if (`${at}${at && '/'}node_modules/${name}` in lock.packages) return true
    if (at === '') return false
    if (!at.includes('/node_modules/')) at = ''
  }
}

const word = (name, words) => words.filter(w => new RegExp(`-${w}(-|eabihf|musleabihf|$)`).test(name))
const platform = name => {
  const os = word(name, ['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32', 'aix', 'sunos'])
  const cpu = word(name, ['arm', 'arm64', 'ia32', 'ppc64', 'riscv64', 's390x', 'x64', 'loong64'])
  const libc = /musl/.test(name) ? ['musl'] : /gnu/.test(name) && os[0] === 'linux' ? ['glibc'] : []
  return { os, cpu, ...(libc.length > 0 ? { libc } : {}) }
}

const added = []
for (const [from, { optionalDependencies = {}, dev }] of Object.entries(lock.packages))
  for (const [name, version] of Object.entries(optionalDependencies)) {
    if (finds(from, name)) continue
    const { os, cpu, libc } = platform(name)
    if (!/^\d+\.\d+\.\d+$/.test(version) || os.length !== 1 || cpu.length !== 1)
      throw new Error(`${name}@${version} of ${from}: neither in the lock nor a package of one platform`)
    const only = { cpu, ...(dev ? { dev } : {}), ...(libc ? { libc } : {}), optional: true, os }
    added.push([`node_modules/${name}`, { version, ...only }])
  }

/** The hash that the registry has for a package, which npm compares with what it downloads. */
const integrityOf = (name, version) => {
  const view = ['view', `${name}@${version}`, 'dist.integrity', '--json']
  const said = execFileSync('npm', view, { encoding: 'utf8', timeout: 60_000 }).trim()
  const integrity = said === '' ? undefined : JSON.parse(said)
  if (!/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity))
    throw new Error(`the registry has no SHA-512 of ${name}@${version}: ask another one`)
  return integrity
}

let hashed = 0
for (const [path, entry] of Object.entries(lock.packages).concat(added)) {
  if (path === '' || entry.link || entry.integrity) continue
  entry.integrity = integrityOf(path.slice(path.lastIndexOf('node_modules/') + 13), entry.version)
  hashed++
}

const sorted = Object.entries(lock.packages)
  .concat(added)
  .sort(([a], [b]) => (a < b ? -1 : 1))
writeFileSync(path, `${JSON.stringify({ ...lock, packages: Object.fromEntries(sorted) }, null, 2)}\n`)
console.log(`${added.length} packages of other platforms added to package-lock.json, ${hashed} hashes`)
