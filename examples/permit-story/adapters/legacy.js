/**
 * The permit system of 1998. Its fields are in PascalCase, its dates American, its inspectors in capitals. It is slow,
 * so it gets one permit at a time. It knows no Idempotency-Key, but writes a permit number over: a repeat does no harm.
 */
export default {
  url: process.env.LEGACY_URL ?? 'http://127.0.0.1:4291/PermitService/Upsert',
  method: 'POST',
  rateLimit: { concurrent: 1 },
  map: (permit) => ({
    PermitNo: permit.id,
    ApprovedOn: americanDate(permit.approvedDate),
    Inspector: permit.inspectorName.toUpperCase(),
  }),
}

function americanDate(date) {
  const [year, month, day] = date.split('-')
  return `${month}/${day}/${year}`
}
