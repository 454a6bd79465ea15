/** What the rooms of the bus may say to the operator. One line each, fields beside the text; never a payload, never a secret. */
export interface Log {
  debug(fields: object, text: string): void
  info(fields: object, text: string): void
  warn(fields: object, text: string): void
  error(fields: object, text: string): void
}

export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} }
