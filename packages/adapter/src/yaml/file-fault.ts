/** A fault in a file, and where. */
export interface FileFault {
  readonly file: string
  /** From 1; 0: the fault belongs to the file as a whole. */
  readonly line: number
  readonly column: number
  /** The offending text, cut to 80 characters. */
  readonly text: string
  /** What is wrong and what to write instead. */
  readonly message: string
}

/** `topics.yaml:3:14: "7 dayz": …`. A fault without a line (a flag, a variable, a whole folder) names its place alone. */
export function renderFault({ file, line, column, text, message }: FileFault): string {
  const place = line === 0 ? file : `${file}:${line}:${column}`
  return text === '' ? `${place}: ${message}` : `${place}: ${JSON.stringify(text)}: ${message}`
}

/** One line of at most 80 characters, without the password that a URL may hold. */
export function faultText(text: string): string {
  const line = (text.split('\n', 1)[0] ?? '').trimEnd().replace(/(:\/\/)[^\s/@]*@/g, '$1…@')
  return line.length > 80 ? `${line.slice(0, 79)}…` : line
}
