import { isRow } from './extra.ts'

const isIndex = (name: string): boolean => /^\d{1,9}$/.test(name)

/** One step into a value: a field of an object, or an element of a list by its number. */
const into = (value: unknown, name: string): unknown => {
  if (Array.isArray(value)) return isIndex(name) ? value[Number(name)] : undefined
  return isRow(value) && Object.hasOwn(value, name) ? value[name] : undefined
}

/**
 * What stands at a path of a value: `meta.video.path`, `videos.0`; nothing where the path leads nowhere. A name with dots or spaces in
 * it is found as it is where an object has it: `video ID`, `a.b`.
 */
export const atPath = (value: unknown, path: string): unknown => {
  const whole = into(value, path)
  if (whole !== undefined) return whole
  let found = value
  for (const name of path.split('.')) {
    found = into(found, name)
    if (found === undefined) return undefined
  }
  return found
}
