// adapters/cityHealth/index.js
import { connect } from "@hms-sync/client";      // tiny wrapper around NATS

const bus = await connect();
const sub = bus.subscribe("inspections.status");

for await (const msg of sub) {
  const { inspectionId } = JSON.parse(msg.data);
  await updateLegacyCalendar(inspectionId);      // pseudo-function
  msg.ack();                                     // exactly-once QoS
}

/** The calendar of 2003 is a text file with one inspection a line. */
async function updateLegacyCalendar(inspectionId) {
  const { appendFile } = await import("node:fs/promises");
  await appendFile(process.env.CALENDAR_FILE ?? "calendar.txt", `inspection ${inspectionId} completed\n`);
  console.log(`calendar: inspection ${inspectionId} completed`);
}
