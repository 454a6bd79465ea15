import config from '../sync/config.js'

const { endpoint, apiKey } = config.systems.find((s) => s.name === 'ThirdPartyScheduler')

/** Keeps the hours in the scheduler of the hospitals, which other people run. */
export default {
  url: endpoint,
  method: 'POST',
  headers: { 'x-api-key': apiKey },
  map: (clinic) => ({ id: clinic.id, hours: clinic.hours }),
}
