import { randomUUID } from 'node:crypto'
import { either as E, function as F } from 'fp-ts'
import { createSession, ofModel, ofSession } from '../wire/requests.ts'
import { refuse } from './refusal.ts'
import { sequence } from './sequence.ts'
import { type Answer, bodyOf, modelOf, sessionOf, type Verb } from './verb.ts'
import type { World } from './world.ts'

const json = (value: object): Answer => ({ json: value })

/** What this server offers, for clients of the protocol and, under `kinograd`, for ours. */
export const capabilities = ({ policy: { name, maxTokens, model, parameters } }: World): object => ({
  supported_models: [{ model_name: name, max_context_length: maxTokens, trainable: true, sampleable: true }],
  kinograd: {
    version: 1,
    reduction: 'sum',
    image_token: model.tokens.image,
    video_token: model.tokens.video,
    merge_size: model.vision.mergeSize,
    tokens_per_second: model.vision.tokensPerSecond,
    layout: model.layout,
    parameters,
  },
})

/** Settings of newer clients: one poll for each future, or for all of a sampling session. */
const config: Verb = async () =>
  E.right(
    json({
      pjwt_auth_enabled: false,
      proto_compress_fwdbwd: false,
      parallel_fwdbwd_chunks: true,
      sample_use_retrieve_futures: true,
    }),
  )
const dynamicConfig: Verb = async () => E.right(json({ refresh_interval_sec: 300, sample_cancel_enabled: true }))

const openSession: Verb = async (world, asked) =>
  F.pipe(
    bodyOf(createSession)(asked),
    E.flatMap(() => {
      if (world.sessions.size >= world.limits.sessions)
        return refuse(429, `${world.sessions.size} sessions are open, that is the most`)
      const id = `session_${randomUUID()}`
      world.sessions.set(id, { id, heard: Date.now(), creations: sequence(world.futures, 0), samplers: new Map() })
      return E.right(json({ session_id: id, type: 'create_session' }))
    }),
  )

const heartbeat: Verb = async (world, asked) =>
  F.pipe(
    bodyOf(ofSession)(asked),
    E.flatMap(({ session_id }) => sessionOf(world, session_id)),
    E.map(() => json({ type: 'session_heartbeat' })),
  )

const info: Verb = async (world, asked) =>
  F.pipe(
    bodyOf(ofModel)(asked),
    E.flatMap(({ model_id }) => modelOf(world, model_id)),
    E.map(({ id, shape: { rank } }) => {
      const { name } = world.policy
      return json({
        ...{ type: 'get_info', model_id: id, model_name: name, is_lora: rank > 0, lora_rank: rank },
        model_data: { arch: 'qwen2_5_vl', model_name: name, tokenizer_id: name },
      })
    }),
  )

/** Verbs that say something and train nothing. */
export const aboutVerbs: Readonly<Record<string, Verb>> = {
  'client/config': config,
  'client/dynamic_config': dynamicConfig,
  create_session: openSession,
  session_heartbeat: heartbeat,
  get_info: info,
  telemetry: async () => E.right(json({ status: 'accepted' })),
}
