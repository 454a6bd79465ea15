import { type BusProcess, command, type Signal, type StartOptions, start, startBus, temporaryFolder } from '../processes.js'

export interface LivesOptions {
  readonly files: Readonly<Record<string, string>>
  /** The data folder, when it does not lie in the project. */
  readonly data?: string
  /** Modules of `plants/` that the bus loads first: each brings a bug, or a fault at a certain moment. */
  readonly plants?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

/** One bus over one project folder and one port, through as many lives as it takes. */
export class Lives {
  readonly folder: string
  /** How often it was started. */
  count = 0
  /** When each life ended, by `performance.now()`. */
  readonly endedAt: number[] = []
  #options: LivesOptions
  #bus: BusProcess | null = null
  #port = 0
  readonly #remove: () => Promise<void>

  private constructor(folder: string, remove: () => Promise<void>, options: LivesOptions) {
    this.folder = folder
    this.#remove = remove
    this.#options = options
  }

  /** Writes the project and starts the bus. */
  static async begin(options: LivesOptions): Promise<Lives> {
    const { path, remove } = await temporaryFolder(options.files)
    const lives = new Lives(path, remove, options)
    await lives.start()
    return lives
  }

  get bus(): BusProcess {
    if (this.#bus === null) throw new Error('The bus does not run.')
    return this.#bus
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  /** From the next life on. */
  change(options: Partial<LivesOptions>): void {
    this.#options = { ...this.#options, ...options }
  }

  /** Starts it; resolves when it is ready. */
  async start(): Promise<BusProcess> {
    this.count++
    this.#bus = await startBus(this.folder, { ...this.#startOptions(), port: this.#port, args: this.#args() })
    this.#port = Number(new URL(this.#bus.url).port)
    return this.#bus
  }

  /** A life that is over before it can do anything, or just about. */
  async startAndKill(afterMs: number): Promise<void> {
    this.count++
    const program = start([command, 'serve', this.folder, '--port', String(this.#port), '--json', ...this.#args()], this.#startOptions())
    await new Promise((resolve) => setTimeout(resolve, afterMs))
    this.endedAt[this.count] = performance.now()
    await program.stop('SIGKILL')
  }

  /** Resolves when this life has ended by itself. */
  async died(): Promise<void> {
    await this.bus.ended
    this.endedAt[this.count] = performance.now()
    this.#bus = null
  }

  get runs(): boolean {
    return this.#bus !== null
  }

  /** Stops the process where it stands: nothing it has begun goes on, nothing is closed. */
  freeze(): void {
    this.bus.child.kill('SIGSTOP')
    this.endedAt[this.count] = performance.now()
  }

  /** Ends this life, by `kill -9` unless another signal is named. */
  async end(signal: Signal = 'SIGKILL'): Promise<Awaited<BusProcess['ended']>> {
    const ended = this.bus.stop(signal)
    this.endedAt[this.count] ??= performance.now()
    const end = await ended
    this.#bus = null
    return end
  }

  #startOptions(): StartOptions {
    const { plants = [], env = {} } = this.#options
    return { env: { ...env, ...planted(plants) } }
  }

  #args(): readonly string[] {
    const { data } = this.#options
    return ['--log-level', 'warn', ...(data === undefined ? [] : ['--data', data])]
  }

  /** Ends it and removes its folder. */
  async dispose(): Promise<void> {
    await this.#bus?.stop('SIGKILL')
    await this.#remove()
  }
}

/** The environment of a process that loads these modules of `plants/` before anything else. */
function planted(names: readonly string[]): Readonly<Record<string, string>> {
  if (names.length === 0) return {}
  return { NODE_OPTIONS: names.map((name) => `--import=${new URL(`./plants/${name}.mjs`, import.meta.url).href}`).join(' ') }
}
