import type { Bus } from '#dist/bus.js'

export interface SdkHarness {
  /** A bus object with a connection of its own to one and the same bus, which accepts every name. */
  readonly makeBus: (options?: { readonly name?: string; readonly onError?: (error: Error) => void }) => Promise<Bus>
  /** A topic for one behaviour alone, declared where the bus wants that. `key` is a path in the payload. */
  readonly makeTopic: (options?: { readonly key?: string }) => Promise<string>
  /** Cuts the connection of a bus object under it. Absent where there is none to cut. */
  readonly cut?: (bus: Bus) => Promise<void>
  readonly close: () => Promise<void>
}

export interface SdkBehaviour {
  readonly title: string
  /** Only where connections can be cut. */
  readonly cuts?: true
  readonly run: (kit: SdkKit) => Promise<void>
}

/** What a behaviour works with; everything it opens is closed behind it. */
export interface SdkKit extends Pick<SdkHarness, 'makeTopic'> {
  readonly open: (options?: { readonly name?: string; readonly onError?: (error: Error) => void }) => Promise<Bus>
  readonly cut: (bus: Bus) => Promise<void>
  readonly group: string
}
