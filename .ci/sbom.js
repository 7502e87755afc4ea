/**
 * `npm run sbom`: writes build/sbom.cdx.json, the software bill of materials in CycloneDX's form. `npm sbom`, which comes with npm,
 * lists what package-lock.json holds for all platforms, with licences and hashes. Its `--omit=dev` leaves out packages that development
 * needs as well (npm 11.19), so what development alone needs is taken out here. A binary that is another's work inside a package is
 * not in the lock, so what `foreignParts` reads off those of this platform is put below their packages. Fails where a package has no
 * hash, where anything of the lock is missing, or where the parts of node-av cannot be read.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { foreignParts } from '../dist/media/index.js'

const root = new URL('..', import.meta.url)
const listed = ['sbom', '--package-lock-only', '--sbom-format=cyclonedx', '--sbom-type=library']
const [npm, ...lead] = process.env.npm_execpath ? [process.execPath, process.env.npm_execpath] : ['npm']
const sbom = JSON.parse(
  execFileSync(npm, [...lead, ...listed], { cwd: root, encoding: 'utf8', maxBuffer: 1 << 26, timeout: 120_000 }),
)

const { packages } = JSON.parse(readFileSync(new URL('package-lock.json', root), 'utf8'))
const { name: own, peerDependencies } = packages['']
const isPeer = path => Object.keys(peerDependencies).some(name => path === `node_modules/${name}`)
/** What a user's installation may hold: in the lock somewhere that is not for development alone, and peers. */
const wanted = new Set(
  Object.entries(packages)
    .filter(([path, { dev, devOptional }]) => path !== '' && (isPeer(path) || (!dev && !devOptional)))
    .map(([path, { version }]) => `${path.slice(path.lastIndexOf('node_modules/') + 13)}@${version}`),
)
const itself = sbom.metadata.component['bom-ref']
// npm takes the name of the folder.
sbom.metadata.component.name = own
sbom.components = sbom.components.filter(component => wanted.has(component['bom-ref']))
sbom.dependencies = sbom.dependencies
  .filter(({ ref }) => ref === itself || wanted.has(ref))
  .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter(on => wanted.has(on)) }))

const there = new Set(sbom.components.map(component => component['bom-ref']))
const missing = [...wanted].filter(name => !there.has(name))
if (missing.length > 0) throw new Error(`not in the bill: ${missing.join(', ')}`)
const unhashed = sbom.components.filter(({ hashes = [] }) => hashes.length === 0)
if (unhashed.length > 0) throw new Error(`without a hash: ${unhashed.map(({ name }) => name).join(', ')}`)

const parts = await foreignParts({})()
/** The package whose file a part is in: of node-av that of the platform. */
const holderOf = by =>
  sbom.components.find(
    ({ name }) => name === (by === 'node-av' ? `@seydx/node-av-${process.platform}-${process.arch}` : by),
  )
for (const { by, holds, licence, gpl, nonfree } of parts) {
  const holder = holderOf(by)
  if (holder === undefined || by === 'ffmpeg-static') continue
  const [name, version] = holds.split(' ')
  const properties = Object.entries({ gpl, nonfree })
    .filter(([, libraries]) => libraries.length > 0)
    .map(([kind, libraries]) => ({ name: `kinograd:${kind}`, value: libraries.join(' ') }))
  holder.components = [{ type: 'library', name, version, licenses: [{ license: { id: licence } }], properties }]
}
if (!parts.some(({ by }) => by === 'node-av') || holderOf('node-av')?.components === undefined)
  throw new Error(`what node-av holds on ${process.platform} ${process.arch} is not in the bill`)

mkdirSync(new URL('build', root), { recursive: true })
writeFileSync(new URL('build/sbom.cdx.json', root), `${JSON.stringify(sbom, null, 2)}\n`)
const unlicensed = sbom.components.filter(({ licenses = [] }) => licenses.length === 0).map(({ name }) => name)
console.log(
  `build/sbom.cdx.json: CycloneDX ${sbom.specVersion}, ${sbom.components.length} packages of all platforms, all with a hash; without a licence in the lock: ${unlicensed.join(', ') || 'none'}`,
)
