import type { BodyRule, FailureRule } from './answer-rule.js'

/** What the sink itself calls the ends that no library has a code for. */
export const ownCodes = {
  addressRefused: 'HMS_ADDRESS_REFUSED',
  timeout: 'HMS_TIMEOUT',
  stopped: 'HMS_STOPPED',
  badUpgrade: 'HMS_BAD_UPGRADE',
} as const

/** What a request without an answer means, in the order in which the rows are asked. */
// biome-ignore format: a table is read a row a line
export const failureRules: readonly FailureRule[] = [
  { codes: [ownCodes.addressRefused], sent: false, when: 'its address may not be dialled', decision: 'retry_target', errorClass: 'address', why: 'A private address without an entry under `allow`, or one that is never dialled: the events wait until the adapter or the name is mended.' },
  { codes: ['ECONNREFUSED'], sent: false, when: 'it refuses connections', decision: 'retry_target', errorClass: 'connection', why: 'Nothing listens there now.' },
  { codes: ['ENOTFOUND'], sent: false, when: 'its name is not known', decision: 'retry_target', errorClass: 'connection', why: 'A wrong name, or a name server that has lost it.' },
  { codes: ['EAI_*', 'EREFUSED', 'ESERVFAIL', 'ENODATA'], sent: false, when: 'its name cannot be looked up now', decision: 'retry_target', errorClass: 'connection', why: 'The name server does not answer.' },
  { codes: ['EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'ENETDOWN', 'EACCES', 'EPERM'], sent: false, when: 'there is no way to it', decision: 'retry_target', errorClass: 'connection', why: 'The network between, or a firewall.' },
  { codes: ['UND_ERR_CONNECT_TIMEOUT', 'ETIMEDOUT'], sent: false, when: 'no connection came about in time', decision: 'retry_target', errorClass: 'timeout', why: 'It is switched off, or a firewall drops what is sent.' },
  { codes: ['EMFILE', 'ENFILE', 'EADDRNOTAVAIL', 'ENOBUFS'], sent: false, when: 'this machine has no connection left', decision: 'retry_target', errorClass: 'connection', why: 'A limit of our own; events must not pay for it.' },
  { codes: ['DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN'], sent: false, when: 'it has signed its certificate itself', decision: 'retry_target', errorClass: 'tls', why: 'Anyone could have. Put its authority into `NODE_EXTRA_CA_CERTS`.' },
  { codes: ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'UNABLE_TO_GET_ISSUER_CERT', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'CERT_UNTRUSTED'], sent: false, when: 'its certificate is from an authority that is not known', decision: 'retry_target', errorClass: 'tls', why: 'A chain without its middle part, or an authority of its own: put it into `NODE_EXTRA_CA_CERTS`.' },
  { codes: ['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID'], sent: false, when: 'its certificate is not valid today', decision: 'retry_target', errorClass: 'tls', why: 'Certificates are renewed; until then nothing is sent.' },
  { codes: ['ERR_TLS_CERT_ALTNAME_INVALID'], sent: false, when: 'its certificate is for another name', decision: 'retry_target', errorClass: 'tls', why: 'It may be somebody else.' },
  { codes: ['ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_PACKET_LENGTH_TOO_LONG', 'ERR_SSL_HTTP_REQUEST'], sent: false, when: 'it does not speak TLS', decision: 'retry_target', errorClass: 'tls', why: 'An `https:` address that answers in plain text; nothing secret is sent there.' },
  { codes: ['ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE', 'ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE', 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED'], when: 'it breaks off the TLS handshake', decision: 'retry_target', errorClass: 'tls', why: 'Often it wants a certificate of ours: see `tls`. With TLS 1.3 many systems say so only by closing, which looks like a connection broken off.' },
  { codes: ['ERR_SSL_*', 'ERR_TLS_*', 'CERT_*', 'UNABLE_TO_*', 'EPROTO'], when: 'no TLS connection comes about', decision: 'retry_target', errorClass: 'tls', why: 'No version or cipher in common, or a certificate that cannot be checked.' },
  { codes: [ownCodes.timeout], sent: false, when: 'no connection was free in time; nothing was sent', decision: 'retry_target', errorClass: 'timeout', why: 'All connections wait for it: it is the system that is slow.' },
  { codes: [ownCodes.stopped, 'UND_ERR_DESTROYED', 'UND_ERR_CLOSED'], sent: false, when: 'the adapter was stopped; nothing was sent', decision: 'retry_target', errorClass: null, why: 'Ours, and no fault at all.' },
  { codes: ['UND_ERR_INVALID_ARG'], sent: false, when: 'HTTP cannot express this request', decision: 'refused', errorClass: 'mapping', why: 'What the event fills in makes no request.' },
  { codes: ['*'], sent: false, when: 'it breaks off the connection before anything is sent', decision: 'retry_target', errorClass: 'connection', why: 'Nothing was sent, so nothing was applied.' },

  { codes: [ownCodes.timeout, 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'ETIMEDOUT'], sent: true, when: 'it does not answer in time', decision: 'unknown', errorClass: 'timeout', why: 'It may have applied the event and be slow to say so.' },
  { codes: [ownCodes.stopped, 'UND_ERR_DESTROYED', 'UND_ERR_CLOSED'], sent: true, when: 'the adapter was stopped before it answered', decision: 'unknown', errorClass: null, why: 'It may have applied it meanwhile.' },
  { codes: ['UND_ERR_HEADERS_OVERFLOW', 'HPE_HEADER_OVERFLOW'], sent: true, when: 'it answers with headers over 16 KiB', decision: 'unknown', errorClass: 'answer', why: 'It answered, but what cannot be read: no more is taken in than that.' },
  { codes: ['HPE_*'], sent: true, when: 'it does not answer in HTTP', decision: 'unknown', errorClass: 'answer', why: 'Something is there that may have read the request; what it is cannot be told.' },
  { codes: [ownCodes.badUpgrade], sent: true, when: 'it goes over to another protocol', decision: 'unknown', errorClass: 'answer', why: 'Nobody asked it to (101).' },
  { codes: ['*'], sent: true, when: 'it breaks off the connection before it answers', decision: 'unknown', errorClass: 'connection', why: 'It may have applied the event and died before it could say so.' },
]

/** What stands behind a status never changes what the status says; 2xx is kept with the error class, for whoever looks at the history. */
// biome-ignore format: a table is read a row a line
export const bodyRules = {
  cutShort: { when: 'the answer breaks off behind its status', decision: 'by_status', errorClass: 'answer', why: 'The status is the answer. Nothing is captured from half a body.' },
  late: { when: 'the answer does not end in time', decision: 'by_status', errorClass: 'answer', why: 'As above.' },
  tooLong: { when: 'the answer is longer than 64 KiB', decision: 'by_status', errorClass: 'answer', why: 'The rest is not read, and the connection is given up. Nothing is captured.' },
  noJson: { when: 'the answer is no JSON where something is to be captured', decision: 'by_status', errorClass: 'answer', why: 'It took the event; what was to be captured is missing.' },
  compressed: { when: 'the answer is compressed', decision: 'by_status', errorClass: null, why: 'It was asked not to. It is not unpacked, since a few bytes can become gigabytes, and kept as a note of its length.' },
} as const satisfies Readonly<Record<string, BodyRule>>
