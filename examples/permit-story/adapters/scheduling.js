/** Books an inspection slot on the city's scheduling platform for every approved permit. */
export default {
  url: process.env.SCHEDULING_URL ?? 'http://127.0.0.1:4290/api/slots',
  method: 'POST',
  map: (event) => ({
    permitId: event.id,
    date: event.approvedDate,
    inspector: event.inspectorName,
  }),
}
