import { InvalidArgumentError } from 'commander'

/** An option's value that must be one of these. */
export function oneOf(values: readonly string[]): (text: string) => string {
  return (text) => {
    if (values.includes(text)) return text
    throw new InvalidArgumentError(`It must be one of ${values.join(', ')}.`)
  }
}
