import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** A word that nobody guesses, for an address. */
export const newToken = (): string => randomBytes(24).toString('base64url')

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

/** What a request asks for, or with which status it is refused. */
export type Asked =
  | { readonly kind: 'page' }
  | { readonly kind: 'news'; readonly since: number }
  | { readonly kind: 'refused'; readonly status: 403 | 404 | 405 }

/** What is looked at of a request. */
export interface Request {
  readonly method: string | undefined
  readonly host: string | undefined
  readonly url: string | undefined
}

/**
 * Lets a request through that only reads, that was made for this machine by its own name (a page of another site, whose name was made to
 * lead here, says another), and that knows the token, which is compared in a time that says nothing of it.
 */
export const guard = (token: string, port: number): ((request: Request) => Asked) => {
  const hosts = new Set([`127.0.0.1:${port}`, `localhost:${port}`])
  const known = digest(token)
  return ({ method, host, url = '' }) => {
    if (method !== 'GET' && method !== 'HEAD') return { kind: 'refused', status: 405 }
    if (!hosts.has(host?.toLowerCase() ?? '')) return { kind: 'refused', status: 403 }
    const [, given = '', what = '', since] = /^\/([\w-]{1,100})\/(news(?:\?since=(\d{1,15}))?)?$/.exec(url) ?? []
    if (!timingSafeEqual(digest(given), known)) return { kind: 'refused', status: 404 }
    return what === '' ? { kind: 'page' } : { kind: 'news', since: Number(since ?? 0) }
  }
}
