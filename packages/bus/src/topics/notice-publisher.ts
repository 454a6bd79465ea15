import type { Groups } from '../delivery/groups/groups.js'
import type { Log } from '../observe/log.js'
import type { Notice } from '../observe/notices.js'
import { type PublishParts, publish } from '../publish/publish.js'
import { busPrincipal, isBuiltIn, noticesTopic } from '../registry/built-in-topics.js'
import type { Topics } from './topics.js'

export interface NoticePublisherParts {
  readonly wayIn: PublishParts
  readonly topics: Topics
  readonly groups: Groups
  readonly log: Log
}

/** Puts notices on the topic of notices, from where adapters and subscribers get them as they get any event. */
export class NoticePublisher {
  readonly #parts: NoticePublisherParts

  constructor(parts: NoticePublisherParts) {
    this.#parts = parts
  }

  /** Does not throw. What cannot be stored is in the log alone. */
  publish(notice: Notice, unsaid: number): void {
    if (this.#isAboutNotices(notice)) return
    this.#store(notice, unsaid).catch((error: unknown) => {
      const fields = { notice: notice.cause, subject: notice.subject, error: (error as Error).message }
      this.#parts.log.warn(fields, 'A notice could not be published; it is in the log alone.')
    })
  }

  async #store({ cause, subject, details = {}, ...about }: Notice, unsaid: number): Promise<void> {
    const topic = this.#parts.topics.find(noticesTopic)
    if (topic === undefined) throw new Error('The bus is not open yet.')
    const payload = { cause, subject, ...about, details, unsaid }
    const [result] = await publish(this.#parts.wayIn, topic, busPrincipal, [{ type: cause, key: subject, payload }])
    if (result !== undefined && 'error' in result) throw new Error(result.error.detail)
  }

  /** That a notice was not delivered would be a notice that is not delivered: such a thing is in the log alone. */
  #isAboutNotices({ cause, subject, topic }: Notice): boolean {
    if (topic !== undefined) return isBuiltIn(topic)
    if (!cause.startsWith('target_')) return false
    const { topics, groups } = this.#parts
    const taken = topics.all().filter((one) => groups.of(one).includes(subject))
    return taken.length > 0 && taken.every((one) => isBuiltIn(one.name))
  }
}
