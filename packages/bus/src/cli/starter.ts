import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** What `hms-sync init` writes: a project that starts as it is, with a word on every line one may want to change. */
export const starterFiles: Readonly<Record<string, string>> = {
  'topics.yaml': `# The topics of this bus. After a change: hms-sync check, then hms-sync topics apply.
inspections.status:
  qos:          exactly_once
  retention:    7d          # replay window
  schema:       v1          # schemas/inspections.status.v1.json
  key:          inspectionId # events of one inspection stay in order
  # description: An inspector changed the status of an inspection.
  # producers:  [hms-api]                     # absent: everybody may publish
  # consumers:  [city-health, ehr-clinic]     # a name here is owed every event from now on, also while it is away
`,
  'schemas/inspections.status.v1.json': `{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "title": "An inspector changed the status of an inspection",
  "type": "object",
  "required": ["inspectionId", "newStatus"],
  "properties": {
    "inspectionId": { "type": "integer" },
    "newStatus": { "type": "string" },
    "completedBy": { "type": "string" },
    "timestamp": { "type": "string" }
  }
}
`,
  'adapters/scheduling.js.example': `// An adapter plugs one external system into the bus. Rename this file to scheduling.js to switch it on.
// Its name is the file's name; it gets every topic that lists \`scheduling\` under consumers,
// and when no topic does, all topics without such a list.
export default {
  url: 'http://127.0.0.1:9000/api/slots',
  method: 'POST',
  // The payload with its \`type\` comes in, what the system wants to have goes out.
  map: (event) => ({ inspection: event.inspectionId, status: event.newStatus }),
}
`,
  '.env.example': `# Copy to .env; the bus reads it at start and never logs it. Do not commit it.
# HMS_SYNC_PORT=4280
# HMS_SYNC_DATA=/var/lib/hms-sync
# HMS_SYNC_ENGINE=embedded
`,
  '.gitignore': `.hms-sync/
.env
node_modules/
`,
}

/** Writes the files that are not there yet and says which those were; never touches one that is there. Repeatable. */
export async function writeMissing(
  folder: string,
  files: Readonly<Record<string, string>>,
): Promise<{ readonly written: readonly string[]; readonly kept: readonly string[] }> {
  const written: string[] = []
  const kept: string[] = []
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name)
    await mkdir(dirname(path), { recursive: true })
    const created = await createFile(path, text)
    ;(created ? written : kept).push(name)
  }
  return { written, kept }
}

async function createFile(path: string, text: string): Promise<boolean> {
  try {
    await writeFile(path, text, { flag: 'wx' })
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}
