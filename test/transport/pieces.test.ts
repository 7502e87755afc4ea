import { jetstream, jetstreamManager } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'
import { nats } from 'kinograd/transport'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { right } from '../tinker/either.ts'
import { hasNats, startNats } from './nats-server.ts'

describe.skipIf(!hasNats)('a blob over NATS (skipped: no nats-server)', () => {
  let server: Awaited<ReturnType<typeof startNats>>
  beforeAll(async () => {
    server = await startNats()
  })
  afterAll(() => server.close())

  const bytes = Uint8Array.from({ length: 600_000 }, (_, i) => (i * 7 + (i >> 8)) % 251)
  const stream = 'kinograd_pieces_blob'

  /** A blob that was put, and the server behind the transport's back. */
  const put = async (owner: string) => {
    const transport = right(await nats({ url: server.url })())
    const ref = right(await transport.putBlob('pieces', owner, bytes)())
    const connection = await connect({ servers: server.url })
    const [jsm, js] = [await jetstreamManager(connection), jetstream(connection)]
    const subjects = async () =>
      Object.keys((await jsm.streams.info(stream, { subjects_filter: '>' })).state.subjects ?? {})
    const close = async (): Promise<void> => {
      await connection.close()
      await transport.close()
    }
    return { transport, ref, jsm, js, subjects, close }
  }

  test('goes in pieces, is the same when it comes, put twice or not, and leaves nothing when it is dropped', async () => {
    const { transport, ref, subjects, close } = await put('whole')
    expect(await subjects()).toHaveLength(3)
    expect(right(await transport.putBlob('pieces', 'whole', bytes)())).toEqual(ref)
    expect(await subjects()).toHaveLength(3)
    expect(Buffer.compare(right(await transport.getBlob('pieces', ref)()), bytes)).toBe(0)
    const empty = right(await transport.putBlob('pieces', 'whole', new Uint8Array())())
    expect(right(await transport.getBlob('pieces', empty)())).toHaveLength(0)
    right(await transport.dropBlob('pieces', ref)())
    expect(await subjects()).toEqual([])
    await close()
  })

  test('of which a piece is gone, or another, or of another length, is not there, or spoilt', async () => {
    const { transport, ref, jsm, js, subjects, close } = await put('holes')
    const second = (await subjects()).find(subject => subject.endsWith('.1')) ?? ''
    await jsm.streams.purge(stream, { filter: second })
    expect(await transport.getBlob('pieces', ref)()).toMatchObject({ left: { _tag: 'NoBlob' } })
    for (const other of [new Uint8Array(262_144), new Uint8Array(5)]) {
      await jsm.streams.purge(stream, { filter: second })
      await js.publish(second, other)
      expect(await transport.getBlob('pieces', ref)()).toMatchObject({ left: { _tag: 'BadBlob' } })
    }
    // What only is missing is put again.
    await jsm.streams.purge(stream, { filter: second })
    right(await transport.putBlob('pieces', 'holes', bytes)())
    expect(Buffer.compare(right(await transport.getBlob('pieces', ref)()), bytes)).toBe(0)
    right(await transport.dropBlob('pieces', ref)())
    await close()
  })

  test('whose name somebody made up reaches no other subject', async () => {
    const { transport, ref, subjects, close } = await put('mine')
    for (const name of ['..', '.mine', 'mine.', '...'])
      expect(await transport.getBlob('pieces', { ...ref, name })()).toMatchObject({ left: { _tag: 'NoBlob' } })
    right(await transport.dropBlob('pieces', { ...ref, name: '..' })())
    expect(await subjects()).toHaveLength(3)
    await close()
  })
})
