import config from '../sync/config.js'

const { endpoint, apiKey } = config.systems.find((s) => s.name === 'MobileNotices')

/** Tells the phones of those who follow a clinic. */
export default {
  url: endpoint,
  method: 'POST',
  headers: { 'x-api-key': apiKey },
  map: (clinic) => ({ topic: `clinic/${clinic.id}`, title: clinic.name, text: `Now open ${clinic.hours}` }),
}
