import { JetStreamApiError } from '@nats-io/jetstream'
import type { Link } from './link.ts'

const says = (error: unknown, words: string): boolean =>
  error instanceof JetStreamApiError && error.message.includes(words)

/** Publishes what a subject may have once. `known`: it has it already, which stays. */
export const once = async (
  { js }: Link,
  subject: string,
  body: string | Uint8Array,
): Promise<'published' | 'known'> => {
  try {
    await js.publish(subject, body)
    return 'published'
  } catch (error) {
    if (says(error, 'maximum messages per subject exceeded')) return 'known'
    throw error
  }
}

/** The same to a stream that has a bound: `full` where it is reached. */
export const onceOrFull = async (...given: Parameters<typeof once>): Promise<'published' | 'known' | 'full'> => {
  try {
    return await once(...given)
  } catch (error) {
    if (says(error, 'maximum messages exceeded') || says(error, 'maximum bytes exceeded')) return 'full'
    throw error
  }
}
