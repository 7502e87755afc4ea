import { type ChildProcess, spawn } from 'node:child_process'
import { appendFile, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { createServer } from 'node:net'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { orThrow } from 'kinograd/flow'
import { metricRow, openRun, type Run } from 'kinograd/run'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Served, serveRun } from '../../src/run/live/serve.ts'
import { tail } from '../../src/run/live/tail.ts'
import type { News } from '../../src/run/report/news.ts'
import { waitedSince } from '../spent.ts'
import { accessFaults, browserPath, quiet, surplusWidth } from './browser.ts'
import { madeRow } from './made-run.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const evil = '</script><img src=x onerror="document.title=1">\u001b]0;x\u0007'

const folders: string[] = []
const folder = async (): Promise<string> => {
  const directory = await mkdtemp(join(tmpdir(), 'kinograd-ui-'))
  folders.push(directory)
  return directory
}
const served: Served[] = []
const serve = async (directory: string): Promise<Served> => {
  const one = orThrow(await serveRun({ directory })())
  served.push(one)
  return one
}
afterEach(async () => {
  for (const one of served.splice(0)) await one.close()
})
afterAll(async () => {
  for (const directory of folders) await rm(directory, { recursive: true, force: true })
})

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

const ask = (address: string, options: { method?: string; host?: string; path?: string } = {}): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const url = new URL(address)
    const { method = 'GET', host = url.host, path = url.pathname + url.search } = options
    const sent = request(
      { host: '127.0.0.1', port: url.port, method, path, headers: { host }, timeout: 10_000 },
      got => {
        let body = ''
        got.setEncoding('utf8')
        got.on('data', (more: string) => {
          body += more
        })
        got.on('end', () => resolve({ status: got.statusCode ?? 0, headers: got.headers, body }))
      },
    )
    sent.on('error', reject)
    sent.on('timeout', () => sent.destroy(new Error('no answer')))
    sent.end()
  })

/** What is new, asked until something is: readings are a second apart, and more on a machine that is busy. */
const newsSince = async ({ address }: Served, since: number): Promise<News> => {
  for (const begun = Date.now(); Date.now() - begun < 40_000; ) {
    const news: News = JSON.parse((await ask(`${address}news?since=${since}`)).body)
    if (news.version !== since) return news
    await new Promise(resolve => setTimeout(resolve, 150))
  }
  throw new Error('nothing new in 40 seconds')
}

const started = async (directory: string): Promise<Run> =>
  orThrow(await openRun({ directory, config: { seed: 1 }, resume: false })())

const write = async (run: Run, phase: string, step: number, completion = 'a b'): Promise<void> => {
  orThrow(await run.metrics({ phase, step, values: { loss: step } })())
  orThrow(await run.rollouts([madeRow({ phase, step, completion, segments: [] })])())
}

describe('what is served', { timeout: 90_000 }, () => {
  test('is closed: its own script, its own server, no other page, no cache, no address passed on', async () => {
    const run = await started(await folder())
    await write(run, 'rl', 0)
    const { address } = await serve(run.directory)
    const { status, headers, body } = await ask(address)
    expect(status).toBe(200)
    for (const policy of [String(headers['content-security-policy']), body]) {
      expect(policy).toMatch(/default-src (&#39;|')none/)
      expect(policy).toMatch(/connect-src (&#39;|')self/)
    }
    expect(headers['content-security-policy']).toMatch(
      /script-src 'sha256-[^ ]+'; connect-src 'self';.*frame-ancestors 'none'/,
    )
    expect(headers).toMatchObject({ 'referrer-policy': 'no-referrer', 'cache-control': 'no-store' })
    const head = await ask(address, { method: 'HEAD' })
    expect([head.status, head.body]).toEqual([200, ''])
    expect(new URL(address).hostname).toBe('127.0.0.1')
    expect(new URL(address).pathname).toMatch(/^\/[\w-]{32}\/$/)
    await run.close()
  })

  test.each(['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])('is not there for %s', async method => {
    const run = await started(await folder())
    const { address } = await serve(run.directory)
    expect(await ask(address, { method })).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } })
    await run.close()
  })

  test('is not there under another name, without the token, or elsewhere', async () => {
    const run = await started(await folder())
    const { address } = await serve(run.directory)
    const { port, pathname } = new URL(address)
    for (const host of ['evil.example', `evil.example:${port}`, '127.0.0.1', `127.0.0.1:${Number(port) + 1}`])
      expect((await ask(address, { host })).status).toBe(403)
    expect((await ask(address, { host: `localhost:${port}` })).status).toBe(200)
    const other = pathname.replace(/.\/$/, last => (last === 'A/' ? 'B/' : 'A/'))
    for (const path of [
      '/',
      '/news',
      '/x/',
      other,
      pathname.slice(0, -1),
      `${pathname}../config.json`,
      `${pathname}config.json`,
    ])
      expect((await ask(address, { path })).status).toBe(404)
    await run.close()
  })

  test('tells only what is new', async () => {
    const run = await started(await folder())
    for (let step = 0; step < 4; step++) await write(run, 'rl', step)
    const one = await serve(run.directory)
    const first = await newsSince(one, 0)
    expect(first.groups).toMatchObject({ whole: true, groups: { length: 4 } })
    await write(run, 'rl', 4, evil)
    // A line that is still being written is no line yet.
    await appendFile(join(run.directory, 'metrics.jsonl'), '{"time":1,"phase":"half')
    const second = await newsSince(one, first.version)
    expect(second.groups?.whole).toBe(false)
    expect(second.groups?.groups.map(({ step }) => step)).toEqual([3, 4])
    expect(second.now).toContain('running · rl, step 4')
    const changed = Object.values(second.parts ?? {}).join('')
    expect(changed).toContain('<h2>Metrics of rl</h2>')
    expect(changed).not.toContain('<h2>Settings</h2>')
    expect(changed).not.toContain('half')
    expect(changed).not.toContain('<img')
    expect(second.order?.length).toBe(first.order?.length)
    await run.close()
  })

  test('of a log that was cut and went on otherwise is what it now holds', async () => {
    const run = await started(await folder())
    for (let step = 0; step < 6; step++) await write(run, 'rl', step)
    const one = await serve(run.directory)
    const { version } = await newsSince(one, 0)
    const log = join(run.directory, 'rollouts.jsonl')
    const lines = (await readFile(log, 'utf8')).split('\n')
    await writeFile(log, `${lines.slice(0, 2).join('\n')}\n${lines[5]?.replace('clip-5', 'clip-again')}\n`.padEnd(9000))
    const news = await newsSince(one, version)
    expect(news.groups).toMatchObject({
      whole: true,
      groups: [{ id: 'clip-0' }, { id: 'clip-1' }, { id: 'clip-again' }],
    })
    await run.close()
  })

  test('of a run that was killed, has no rollouts, is finished, or was killed in its first second', async () => {
    const run = await started(await folder())
    orThrow(await run.metrics({ phase: evil, step: 0, values: { [evil]: 1 } })())
    await writeFile(join(run.directory, 'lock'), `999999999 ${hostname()}\n`)
    await writeFile(join(run.directory, 'failures.jsonl'), 'no row\n')
    const killed = await serve(run.directory)
    const { body } = await ask(killed.address)
    expect(body).not.toContain('<img')
    expect(body).toContain('1 lines of failures.jsonl are no failure rows')
    expect((await newsSince(killed, 0)).now).toContain('not running, not finished')
    orThrow(await run.summary({ done: 1 })())
    expect((await newsSince(killed, 1)).now).toContain('finished')

    const first = await folder()
    await writeFile(join(first, 'lock'), `999999999 ${hostname()}\n`)
    const early = await serve(first)
    expect((await ask(early.address)).status).toBe(200)
    expect((await newsSince(early, 0)).now).toBe(
      'not running, not finished: --resume continues it · no step was written yet',
    )
  })
})

test('what was read of a log is not read again, however often it is asked for', async () => {
  const path = join(await folder(), 'metrics.jsonl')
  const row = (step: number) => `${JSON.stringify({ time: 1, phase: 'rl', step, values: {} })}\n`
  await writeFile(path, Array.from({ length: 100 }, (_, step) => row(step)).join(''))
  const steps: number[] = []
  const log = tail(metricRow, path, () => ({ add: ({ step }) => void steps.push(step), all: () => steps.length }))
  expect(await log.read()).toEqual({ changed: true, anew: false })
  // What stands before is spoilt: a reader that went through it again would see it.
  const file = await open(path, 'r+')
  await file.write('#'.repeat(500), 0)
  await file.close()
  await appendFile(path, row(100))
  for (let time = 0; time < 5; time++) await log.read()
  expect(steps).toEqual(Array.from({ length: 101 }, (_, step) => step))
  expect(log.wrong()).toEqual([])
})

const children: ChildProcess[] = []
const child = (...args: readonly string[]): ChildProcess => {
  const one = spawn(process.execPath, [...args], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], timeout: 180_000 })
  children.push(one)
  return one
}
afterAll(() => {
  for (const one of children) one.kill('SIGKILL')
})
const ui = (...args: readonly string[]) => child('dist/cli/main.js', 'ui', ...args)
const ended = (one: ChildProcess): Promise<{ readonly code: number | null; readonly said: string }> =>
  new Promise(resolve => {
    let said = ''
    for (const pipe of [one.stdout, one.stderr]) pipe?.on('data', (more: Buffer) => (said += more.toString()))
    one.on('close', code => resolve({ code, said }))
  })
const addressOf = (one: ChildProcess): Promise<string> =>
  new Promise((resolve, reject) => {
    one.stdout?.once('data', (said: Buffer) => resolve(/http:\S+/.exec(said.toString())?.[0] ?? ''))
    one.once('close', code => reject(new Error(`ended with ${code}`)))
  })

describe('kinograd ui', () => {
  test('says in one sentence what is wrong: no run, a port that is taken or is none', async () => {
    const empty = await folder()
    expect(await ended(ui(empty))).toMatchObject({
      code: 1,
      said: expect.stringMatching(/^kinograd: .*holds no run.*\n$/),
    })
    const run = await started(await folder())
    await run.close()
    const other = createServer()
    const port = await new Promise<number>(resolve =>
      other.listen(0, '127.0.0.1', () => {
        const address = other.address()
        resolve(typeof address === 'object' ? (address?.port ?? 0) : 0)
      }),
    )
    expect(await ended(ui(run.directory, '--port', String(port)))).toEqual({
      code: 1,
      said: `kinograd: port ${port} of 127.0.0.1 is taken by another process. Give another --port, or leave it away: the next free one is taken then.\n`,
    })
    other.close()
    expect(await ended(ui(run.directory, '--port', '70000'))).toMatchObject({ code: 2 })
  }, 180_000)

  test('takes the next free port where none was asked for, and Ctrl-C ends it at once, readers or not', async () => {
    const run = await started(await folder())
    await run.close()
    const [first, second] = [ui(run.directory), ui(run.directory)]
    const addresses = [await addressOf(first), await addressOf(second)]
    expect(new Set(addresses.map(one => new URL(one).port)).size).toBe(2)
    for (const address of addresses) expect((await ask(address)).status).toBe(200)
    const begun = performance.now()
    const both = [first, second].map(one => new Promise(resolve => one.on('exit', code => resolve(code))))
    first.kill('SIGINT')
    second.kill('SIGTERM')
    expect(await Promise.all(both)).toEqual([0, 0])
    expect(waitedSince(begun)).toBeLessThan(5000)
  }, 180_000)
})

describe.skipIf(browserPath === undefined)('in a browser (skipped where there is no Chromium)', () => {
  let browser: Browser
  const logged: string[] = []
  beforeAll(async () => {
    if (browserPath !== undefined) browser = await chromium.launch({ executablePath: browserPath, args: quiet })
  })
  afterAll(() => browser?.close())
  const opened = async (address: string, options: Parameters<Browser['newContext']>[0] = {}): Promise<Page> => {
    const page = await (await browser.newContext(options)).newPage()
    page.on('pageerror', error => logged.push(error.message))
    page.on('console', message => logged.push(message.text()))
    page.on('request', asked => {
      if (!asked.url().startsWith(address)) logged.push(asked.url())
    })
    await page.goto(address)
    return page
  }

  test('follows a job, keeps what the reader chose, and says when the job was killed', async () => {
    const directory = await folder()
    const job = child('test/run/growing-run.js', directory)
    const command = (async () => {
      for (;;) {
        const one = ui(directory)
        const address = await addressOf(one).catch(() => undefined)
        if (address !== undefined) return { one, address }
        await new Promise(resolve => setTimeout(resolve, 200))
      }
    })()
    const { one, address } = await command
    const page = await opened(address, { viewport: { width: 375, height: 800 }, colorScheme: 'dark' })
    const step = async (): Promise<number> =>
      Number(/step (\d+)/.exec((await page.textContent('#now')) ?? '')?.[1] ?? Number.NaN)
    const reached = (at: number) => expect.poll(step, { timeout: 40_000, interval: 200 }).toBeGreaterThan(at)
    await reached(5)
    const found = async () => Number.parseInt((await page.textContent('#groups [aria-live]')) ?? '', 10)
    await expect.poll(found, { timeout: 40_000 }).toBeGreaterThan(3)
    await page.getByLabel('with the words').fill('question-2')
    await page.locator('.list button').first().click()
    const before = await step()
    await reached(before + 8)
    expect(await page.getByLabel('with the words').inputValue()).toBe('question-2')
    expect(await page.locator('.group h3').textContent()).toContain('step 2')
    await page.getByLabel('with the words').fill('')
    await expect.poll(found, { timeout: 40_000 }).toBeGreaterThan(before)
    const titles = await page.locator('h2').allTextContents()
    expect(new Set(titles).size).toBe(titles.length)
    expect(titles.indexOf('Metrics of tune')).toBeLessThan(titles.indexOf('Groups'))
    expect(await page.locator('figure').first().textContent()).toContain('‹process›/score')
    expect(await surplusWidth(page)).toBeLessThanOrEqual(0)
    expect(await accessFaults(page)).toEqual([])
    job.kill('SIGKILL')
    await expect.poll(() => page.textContent('#now'), { timeout: 40_000 }).toContain('not running, not finished')
    expect(logged).toEqual([])
    one.kill('SIGINT')
    await expect.poll(() => page.textContent('#now'), { timeout: 40_000 }).toContain('kinograd ui has ended')
  }, 180_000)
})
