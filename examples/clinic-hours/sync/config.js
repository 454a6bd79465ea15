// sync/config.js
export default {
  systems: [
    {
      name: 'ThirdPartyScheduler',
      endpoint: process.env.SCHEDULER_URL ?? 'http://127.0.0.1:4290/clinics/update',
      apiKey: process.env.SCHEDULER_API_KEY,
    },
    {
      name: 'MobileNotices',
      endpoint: process.env.NOTICES_URL ?? 'http://127.0.0.1:4291/notices',
      apiKey: process.env.NOTICES_API_KEY,
    },
  ],
}
