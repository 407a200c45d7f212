/** What a request brings beside its body. */
export const headers = {
  'webhook-id': 'the id of the handoff; the same for every try of it',
  'webhook-timestamp':
    'when this try was signed, in seconds since 1970; refuse what is further than five minutes from now',
  'webhook-signature':
    'one or two, parted by a blank, each "v1," and the base64 of HMAC-SHA256 over id.timestamp.body; one that fits is enough',
} as const;

/** What an endpoint may answer, and what comes of it. */
export const answers = {
  '2xx with {"sha256": "…"}':
    'the hex SHA-256 of the body as it came: taken. The handoff is confirmed as accepted, and what is left here is shredded',
  '2xx without it': 'no confirmation, since anything that listens can say 200: sent again',
  '429, 503': 'sent again, not before Retry-After (seconds or a date); the last try is made all the same',
  '410 Gone':
    'final: this handoff is not sent again, and the target is archived. You may still tell the outcome by the API',
  'any other, 3xx too': 'sent again. Redirects are never followed',
  'none within 20 s, or more than 64 kB': 'sent again',
} as const;

/** Tries, as what the clock says after the first. */
export const tries = 'at once, then after 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h and 23 h';
