import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { either as E } from 'fp-ts'
import type { EngineFault } from '../engine.ts'
import { ifThere, isJsonObject, type JsonObject, readJsonObject, readShortFile } from './json-file.ts'
import { badTokenizer } from './tokenizer.ts'

/** What files of a folder say about its chat templates: one without a name is the default. */
type Templates = ReadonlyMap<string, string>

const usual = 'default'

/** A field `chat_template` in the forms that it has: a text, a list of `{ name, template }`, an object by names. */
const templatesIn = (field: unknown): Templates => {
  if (typeof field === 'string') return new Map([[usual, field]])
  const named: readonly (readonly [unknown, unknown])[] = Array.isArray(field)
    ? field.filter(isJsonObject).map(one => [one.name, one.template])
    : isJsonObject(field)
      ? Object.entries(field)
      : []
  return new Map(
    named.flatMap(([name, template]) =>
      typeof name === 'string' && typeof template === 'string' ? [[name, template] as const] : [],
    ),
  )
}

/** Templates of `additional_chat_templates`, by their files' names. */
const additional = async (directory: string): Promise<Templates> => {
  const folder = join(directory, 'additional_chat_templates')
  const names = ((await ifThere(readdir(folder))) ?? []).filter(name => name.endsWith('.jinja')).slice(0, 64)
  const read = names.map(async name => [name.replace(/\.jinja$/, ''), await readShortFile(join(folder, name))] as const)
  return new Map(await Promise.all(read))
}

/**
 * The chat template of a folder, the one that transformers takes: of `chat_template.jinja`, else of `chat_template.json`, else of
 * tokenizer_config.json; where there are several, the one that is asked for, else "default". Nothing where the folder has none. What
 * cannot be read is thrown.
 */
export const templateOf = async (
  directory: string,
  config: JsonObject,
  asked = usual,
): Promise<E.Either<EngineFault, string | undefined>> => {
  const file = await ifThere(readShortFile(join(directory, 'chat_template.jinja')))
  const older = templatesIn((await ifThere(readJsonObject(join(directory, 'chat_template.json'))))?.chat_template)
  const own = templatesIn(file ?? (older.size > 0 ? undefined : config.chat_template))
  const all: Templates = new Map([...(await additional(directory)), ...(file === undefined ? older : []), ...own])
  const found = all.get(asked)
  if (found !== undefined || (all.size === 0 && asked === usual)) return E.right(found)
  const names = [...all.keys()].map(name => `"${name}"`).join(', ')
  return E.left(
    badTokenizer(
      `${directory} has ${all.size === 0 ? 'no chat template' : `the chat templates ${names}`}, not "${asked}"`,
      'Say which one: loadTokenizer(folder, { template: name }).',
    ),
  )
}
