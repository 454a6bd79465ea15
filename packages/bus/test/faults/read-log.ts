import type { GroupInfo, WireEvent } from '@hms-sync/client'

/** Everything in a topic now, as the bus hands it to anybody who asks. */
export async function readLog(url: string, topic: string, since = 'all'): Promise<WireEvent[]> {
  const response = await fetch(`${url}/v1/topics/${topic}/events?since=${encodeURIComponent(since)}`, {
    headers: { accept: 'application/x-ndjson' },
  })
  if (!response.ok) throw new Error(`Reading ${topic} was answered ${response.status}: ${await response.text()}`)
  return (await response.text())
    .split('\n')
    .filter(Boolean)
    .map((line): WireEvent => JSON.parse(line))
}

/** What the bus knows of a group. */
export async function readGroup(url: string, group: string): Promise<GroupInfo> {
  const response = await fetch(`${url}/v1/groups/${group}`)
  if (!response.ok) throw new Error(`The group ${group} was answered ${response.status}: ${await response.text()}`)
  return response.json() as Promise<GroupInfo>
}
