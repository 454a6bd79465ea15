import type { LocatedYaml, Path } from '@hms-sync/adapter/yaml'
import { didYouMean } from '@hms-sync/client'
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js'
import type { ConfigFault } from './config.js'

/** One thing that does not fit a schema: where below the checked value, and what to write. */
export interface Misfit {
  readonly path: Path
  /** Whether the key itself is at fault, not what stands under it. */
  readonly at: 'key' | 'value'
  readonly message: string
}

/** Checks a value against one of our own schemas and fills its defaults in, in place. The schema's `title` and `write` make the sentences. */
export class Shape {
  readonly #validate: ValidateFunction
  readonly #noun: string

  /** `noun` is what an unknown key is not a key of: "a topic". */
  constructor(schema: object, noun: string) {
    this.#validate = ajv.compile(schema)
    this.#noun = noun
  }

  /** Every misfit, in the order of the schema; empty when it fits. */
  check(value: unknown): readonly Misfit[] {
    if (this.#validate(value)) return []
    const errors = this.#validate.errors ?? []
    const wholes = new Set(errors.filter((error) => error.keyword === 'anyOf').map((error) => error.instancePath))
    const misfits = errors
      .filter((error) => error.keyword === 'anyOf' || !wholes.has(error.instancePath))
      .flatMap((error) => this.#misfits(error))
    // A number where one of a few words belongs fails as a type and as a choice: once is enough.
    return [...new Map(misfits.map((misfit) => [`${misfit.path.join('/')} ${misfit.message}`, misfit])).values()]
  }

  /** The misfits as faults of the file, `value` standing under `path` in it. */
  faults(value: unknown, yaml: LocatedYaml, path: Path = []): readonly ConfigFault[] {
    return this.check(value).map((misfit) => yaml.faultAt([...path, ...misfit.path], misfit.message, misfit.at))
  }

  #misfits({ keyword, params, instancePath, parentSchema, data }: ErrorObject): readonly Misfit[] {
    const path = instancePath.split('/').slice(1).map(plainStep)
    if (keyword === 'additionalProperties') {
      const key: string = params.additionalProperty
      const known = Object.keys(parentSchema?.properties ?? {})
      const near = didYouMean(key, known)
      return [
        {
          path: [...path, key],
          at: 'key',
          message: `This is not a key of ${this.#noun}.${near === '' ? ` Known keys: ${known.join(', ')}.` : near}`,
        },
      ]
    }
    if (keyword === 'uniqueItems')
      return repeatedItems(data as readonly unknown[]).map((i) => ({
        path: [...path, i],
        at: 'value',
        message: 'This name stands in the list twice. Keep one.',
      }))
    const near = keyword === 'enum' && typeof data === 'string' ? didYouMean(data, parentSchema?.enum) : ''
    const title = parentSchema?.title === undefined ? 'what belongs here' : parentSchema.title
    return [{ path, at: 'value', message: `This is not ${title}.${near} ${parentSchema?.write ?? ''}`.trimEnd() }]
  }
}

const ajv = new Ajv2020({
  allErrors: true,
  verbose: true,
  useDefaults: true,
  strict: true,
  allowUnionTypes: true,
  strictTypes: false,
  ownProperties: true,
})
ajv.addVocabulary(['write'])

function repeatedItems(items: readonly unknown[]): readonly number[] {
  const seen = new Set<unknown>()
  return items.flatMap((item, i) => {
    if (seen.has(item)) return [i]
    seen.add(item)
    return []
  })
}

function plainStep(step: string): string {
  return step.replaceAll('~1', '/').replaceAll('~0', '~')
}
