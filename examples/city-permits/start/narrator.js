/** What the example says on the terminal: who speaks, then what happened. */
const width = 12
const colours = { start: 1, 'hms-api': 36, bus: 34, scheduling: 32 }

export function tell(who, text) {
  for (const line of text.split('\n')) process.stdout.write(`${label(who)}${line}\n`)
}

export function tellWelcome() {
  tell(
    'start',
    `A city approves building permits, and its scheduling system must know within a second.
Three programs run here, each a process of its own:
  hms-api     the permits office: approves a permit every few seconds and publishes it
  bus         hms-sync: keeps each event and brings it to whom it concerns
  scheduling  a stand-in for the city's scheduling system, which knows nothing of the bus
`,
  )
}

export function tellNextSteps(url) {
  const elsewhere = url === 'http://127.0.0.1:4280' ? '' : `\n  export EVENT_BUS_URL=${url}`
  tell(
    'start',
    `
That permit went all the way. Now try this in a second terminal:${elsewhere}
  npx hms-sync publish inspections.status '{"inspectionId":99,"newStatus":"Completed"}'
  npx hms-sync subscribe inspections.status --since=10m    # shows what was published while nobody listened
  npx hms-sync subscribe permitApproved --group=reporting  # reporting was away; it is owed every permit
  npx hms-sync groups list                                 # who lags behind, and by how much
  npx hms-sync topics list
Or open ${url} in a browser. Ctrl-C here ends everything.
`,
  )
}

function label(who) {
  const name = `${who.padEnd(width)}`
  return process.stdout.isTTY && !process.env.NO_COLOR ? `\u001b[${colours[who] ?? 0}m${name}\u001b[0m` : name
}
