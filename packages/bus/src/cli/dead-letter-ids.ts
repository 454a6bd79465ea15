import { InvalidArgumentError } from 'commander'

/** The number of a dead letter. */
export function deadLetterId(text: string): string {
  if (/^[1-9]\d{0,14}$/.test(text)) return text
  throw new InvalidArgumentError('It must be a whole number, as `hms-sync dlq list` shows it.')
}

/** The numbers of several, as commander hands them over one by one. */
export function deadLetterIds(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, deadLetterId(text)]
}
