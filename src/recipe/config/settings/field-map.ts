import { either as E } from 'fp-ts'
import * as t from 'io-ts'
import { fieldMapSettings, mappedFields } from '../../../dataset/index.ts'
import { nearest } from '../codec/nearest.ts'
import { type Setting, setting, validated } from '../codec/setting.ts'

type FieldMap = t.TypeOf<typeof fieldMapSettings>

/** What one field of a record is taken from. */
const source = (field: string): Setting<unknown> =>
  setting('a name in the files, a list of names, { value: … } or { from: … }', value =>
    E.isRight(fieldMapSettings.decode({ [field]: value })) ? value : undefined,
  )

/** The fields of a record, each with what it is called in the files. */
export const fieldMap: Setting<FieldMap> = validated(
  `a map from fields of a record (${mappedFields.join(', ')}) to names in the files`,
  (value, context) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return t.failure(value, context)
    const wrong = Object.entries(value).flatMap(([field, given]): t.Errors => {
      const codec = source(field)
      const at = t.appendContext(context, field, codec, given)
      if (!mappedFields.includes(field))
        return [{ value: given, context: at, message: `is no field of a record. ${nearest(field, mappedFields)}` }]
      const read = codec.validate(given, at)
      return E.isLeft(read) ? read.left : []
    })
    return wrong.length > 0 ? t.failures(wrong) : fieldMapSettings.validate(value, context)
  },
)
