import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { expect } from 'vitest'

interface Operation {
  readonly operationId: string
  readonly parameters?: readonly { readonly name: string; readonly in: string }[]
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, { readonly schema: object }>> }>>
}
export interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, object>> }
}

export type Answer = readonly [path: string, method: string, response: Response]

/** Expects every answer to be what the document says of its address, method, status and content type. */
export async function expectAsDescribed(document: Document, answers: readonly Answer[]): Promise<void> {
  const ajv = new Ajv2020({ strict: false })
  addFormats.default(ajv)
  ajv.addSchema(document, 'openapi.json')
  for (const [path, method, response] of answers) {
    const type = response.headers.get('content-type')!.split(';')[0]!
    const pointer = ['paths', path, method, 'responses', response.status, 'content', type, 'schema']
      .map((step) => String(step).replaceAll('~', '~0').replaceAll('/', '~1'))
      .join('/')
    const body = await response.json()
    const valid = ajv.validate({ $ref: `openapi.json#/${encodeURI(pointer)}` }, body)
    expect([path, response.status, valid, ajv.errors]).toEqual([path, response.status, true, null])
  }
}
