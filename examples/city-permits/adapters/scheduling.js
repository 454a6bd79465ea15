/** Books a slot in the city's scheduling system for every approved permit. It calls the inspector's field `inspector`. */
export default {
  url: process.env.SCHEDULING_URL ?? 'http://127.0.0.1:4290/api/slots',
  method: 'POST',
  map: (event) => ({ permitId: event.permitId, date: event.date, inspector: event.inspectorName }),
}
