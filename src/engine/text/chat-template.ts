import { either as E } from 'fp-ts'
import { fault } from '../../flow/index.ts'
import type { EngineFault } from '../engine.ts'
import { runTemplate } from './run-template.ts'

/** What a template sees of a message: text, or a list of texts and media. */
export interface TemplateMessage {
  readonly role: 'system' | 'user' | 'assistant'
  readonly content:
    | string
    | readonly ({ readonly type: 'text'; readonly text: string } | { readonly type: 'image' | 'video' })[]
}

/**
 * The chat format of Qwen2.5-VL, for folders that bring no template: what `chat_template.json` of the released checkpoints gives where
 * media are not numbered.
 */
export const qwenTemplate = `{%- for message in messages -%}
{%- if loop.first and message.role != 'system' -%}
{{ '<|im_start|>system\\nYou are a helpful assistant.<|im_end|>\\n' }}
{%- endif -%}
{{ '<|im_start|>' + message.role + '\\n' }}
{%- if message.content is string -%}
{{ message.content }}
{%- else -%}
{%- for part in message.content -%}
{%- if part.type == 'image' -%}
{{ '<|vision_start|><|image_pad|><|vision_end|>' }}
{%- elif part.type == 'video' -%}
{{ '<|vision_start|><|video_pad|><|vision_end|>' }}
{%- else -%}
{{ part.text }}
{%- endif -%}
{%- endfor -%}
{%- endif -%}
{{ '<|im_end|>\\n' }}
{%- endfor -%}
{%- if add_generation_prompt -%}
{{ '<|im_start|>assistant\\n' }}
{%- endif -%}`

/**
 * Renders messages by a Jinja chat template, ending where the assistant speaks if `generate`. `Left('BadTokenizer')` with the template's
 * own complaint, or where it takes too many steps, too much time or too much text: a template is a program that came with a checkpoint.
 */
export const renderChat = (
  template: string,
  messages: readonly TemplateMessage[],
  generate: boolean,
): E.Either<EngineFault, string> =>
  E.mapLeft((why: string) =>
    fault(
      'BadTokenizer',
      `the chat template: ${why}`,
      "Put Qwen2.5-VL's chat_template.jinja beside tokenizer.json, or none, for the built-in one.",
    ),
  )(runTemplate(template, { messages, add_generation_prompt: generate }))
