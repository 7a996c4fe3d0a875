import { formatMoney } from './decimals.ts'
import { type ErrorRow, type NoFacts, row } from './error-row.ts'

/** What a customer is told when the fault lies between two programs. */
const notUnderstood = () => 'This request could not be processed. Please ask the staff for help.'
const tryAgain = () => 'The loyalty service is busy. Please try again in a moment.'
const signatureIncorrect = () => 'Signature is incorrect for request.'
/** Of epoch seconds. */
const isoOf = (seconds: number) => new Date(seconds * 1000).toISOString()

/** A request that cannot be read: wrong whoever sends it and whatever the member owns. */
const unreadable = <Facts extends object>(example: Facts, message: (facts: Facts) => string): ErrorRow<Facts> =>
  row(400, 2000, example, message, notUnderstood)

/**
 * Refusals about the request itself, before any order or reward is looked at. Where wire-contract §3 quotes a text, `details` is that
 * text to the letter and `message` starts with it, because clients compare them.
 */
export const REQUEST_ERRORS = {
  signature_missing: row(
    401,
    1001,
    {},
    () =>
      'Header does not contain X-Class-Signature. Send base64(HMAC-SHA256(base64-decoded secret, request target + raw body)) in it, and the API key in X-Class-Key.',
    () => 'Header does not contain X-Class-Signature.',
  ),
  key_missing: row(
    401,
    1002,
    {},
    () => 'Header does not contain X-Class-Key. Send the API key of your credential in it.',
    () => 'Header does not contain X-Class-Key',
  ),
  key_invalid: row(
    401,
    1003,
    {},
    () =>
      'Invalid user key. The key is unknown, disabled, or belongs to the other environment (test keys work on the test host only).',
    () => 'Invalid user key.',
  ),
  signature_incorrect: row(
    401,
    1004,
    {},
    () =>
      'Signature is incorrect for request. Sign path and query exactly as sent (no scheme or host) followed by the exact bytes of the body; the HMAC key is the base64-decoded secret; the signature is standard base64 of 44 characters, not hex. Usual mistakes: signing other JSON than is sent, signing a decoded or host-prefixed address, using the secret without decoding it.',
    () => 'Signature is incorrect for request.',
  ),
  signature_malformed: row(
    401,
    1004,
    { problem: '`keyid` must be the API key' },
    ({ problem }) =>
      `The HTTP message signature cannot be used: ${problem}. Send Signature-Input: regulars=("@method" "@target-uri" "content-digest");created=…;nonce="…";keyid="<API key>" and Signature: regulars=:<base64>: (content-digest only with a body).`,
    signatureIncorrect,
  ),
  signature_expired: row(
    401,
    1004,
    { created: 1_772_366_000, now: 1_772_370_000, maxS: 300 },
    ({ created, now, maxS }) =>
      `The signature was made at ${isoOf(created)}, but the server's clock says ${isoOf(now)}: at most ${maxS} s either way are accepted, and none after \`expires\`. Set the clock, or reckon with the Date header of this answer, and sign each attempt anew.`,
    signatureIncorrect,
  ),
  signature_replayed: row(
    401,
    1004,
    {},
    () =>
      'The nonce of this signature was used before: this request, or another with its nonce, has already been received. Sign each attempt anew, with a nonce that was never used; order calls are safe to repeat.',
    signatureIncorrect,
  ),
  content_digest_incorrect: row(
    401,
    1004,
    { problem: 'the sha-256 is not that of the body as it arrived' },
    ({ problem }) =>
      `Content-Digest does not fit the body: ${problem}. Send sha-256=:<base64 of the SHA-256 of the exact bytes of the body>:.`,
    signatureIncorrect,
  ),
  message_signature_required: row(
    401,
    1004,
    {},
    () =>
      'This credential or its account accepts HTTP message signatures (RFC 9421) only. Sign with Signature-Input, Signature and Content-Digest in place of X-Class-Signature.',
    signatureIncorrect,
  ),
  access_token_invalid: row(
    401,
    1011,
    {},
    () => 'Invalid or expired access token. Get a new one with the refresh token.',
    () => 'Please sign in again.',
  ),
  refresh_token_invalid: row(
    401,
    1012,
    {},
    () => 'Invalid or expired refresh token. The member has to sign in again.',
    () => 'Please sign in again.',
  ),

  store_not_allowed: row(
    403,
    2000,
    { store: '999999' },
    ({ store }) =>
      `This credential is limited to certain stores, and store ${store} is not one of them. Use that store's credential, or widen this one.`,
    () => 'This store is not set up for loyalty with this device.',
  ),
  brand_mismatch: row(
    403,
    2000,
    { brand: '44444', expected: '33559' },
    ({ brand, expected }) =>
      `\`brand\` is ${brand}, but this credential belongs to account ${expected}. Send "brand": "${expected}", or sign with that account's credential.`,
    notUnderstood,
  ),

  phone_invalid: row(
    400,
    2003,
    { path: 'customer.phone' },
    ({ path }) =>
      `Invalid customer phone number. \`${path}\` must be a number of possible length, such as 4155550123 or +14155550123, unless the email is a known member's.`,
    () => 'Invalid customer phone number',
  ),
  store_unknown: row(
    400,
    4002,
    { store: '123' },
    ({ store }) => `Invalid store id: ${store}. No store of this account has that code.`,
    ({ store }) => `Invalid store id: ${store}`,
  ),
  store_missing: row(
    400,
    4002,
    { path: 'vendor' },
    ({ path }) => `Invalid store id: none given. Send the store code as \`${path}\`.`,
    () => 'Invalid store id: none given',
  ),
  member_unknown: row(
    400,
    4003,
    { member: '77' },
    ({ member }) =>
      `Invalid user account id: ${member}. It is not a member of this account; \`POST /loyalty/accounts\` returns the id for a phone or an email.`,
    ({ member }) => `Invalid user account id: ${member}`,
  ),
  email_phone_conflict: row(
    400,
    409,
    {},
    () => 'Email/phone already exists. This phone and this email belong to two different members; send one of them only.',
    () => 'Email/phone already exists.',
  ),

  malformed_json: unreadable(
    { problem: 'a comma or } was expected after a value', line: 3, column: 12 },
    ({ problem, line, column }) => `The body is not valid JSON: ${problem}, at line ${line}, column ${column}.`,
  ),
  duplicate_key: unreadable(
    { path: 'basket.uuid' },
    ({ path }) => `The body has \`${path}\` twice in one object, so it is not clear which is meant. Send each key once.`,
  ),
  forbidden_key: unreadable(
    { path: '__proto__' },
    ({ path }) => `The body has the key \`${path}\`, which no request may carry. Leave it out.`,
  ),
  forbidden_character: unreadable(
    { path: 'basket.posEntries[0].posItem.label', character: 'U+0000' },
    ({ path, character }) => `The text at \`${path}\` contains ${character}, which no text can store. Send text without it.`,
  ),
  invalid_utf8: unreadable({}, () => 'The body is not valid UTF-8. Encode the JSON as UTF-8 and sign those bytes.'),
  body_too_deep: unreadable({ max: 100 }, ({ max }) => `The body nests objects and arrays more than ${max} levels deep.`),
  body_not_object: unreadable({ got: 'an array' }, ({ got }) => `The body must be one JSON object; got ${got}.`),
  body_missing: unreadable({}, () => 'The request has no body. Send one JSON object.'),
  path_malformed: unreadable(
    {},
    () => 'The path has a percent sign that is not followed by two hexadecimal digits, or escapes that are not UTF-8.',
  ),

  field_missing: unreadable(
    { path: 'subtotal', expected: 'a decimal such as 12.95' },
    ({ path, expected }) => `\`${path}\` is missing. It must be ${expected}.`,
  ),
  field_invalid: unreadable(
    { path: 'status', expected: 'checkout, placed, billed, completed, voided or refunded', got: 'the text "paid"' },
    ({ path, expected, got }) => `\`${path}\` must be ${expected}; got ${got}.`,
  ),
  field_misplaced: unreadable(
    { path: 'phone', where: 'customer.phone' },
    ({ path, where }) =>
      `\`${path}\` stands at the top level, but belongs to \`${where}\`: wrap the member's fields as { "customer": { … } }.`,
  ),
  text_too_long: unreadable(
    { path: 'id', max: 200, actual: 1_000_000 },
    ({ path, max, actual }) => `\`${path}\` is ${actual} characters long; at most ${max} are allowed.`,
  ),
  amount_negative: unreadable(
    { path: 'basket.posEntries[3].posItem.cost', got: 'the number -1' },
    ({ path, got }) =>
      `\`${path}\` must not be negative; got ${got}. Discounts go into \`discount\`, returns into a \`refunded\` call.`,
  ),
  amount_too_precise: unreadable(
    { path: 'subtotal', currency: 'USD', digits: 2, got: 'the number 12.955' },
    ({ path, currency, digits, got }) => `\`${path}\` must have at most ${digits} decimals, as ${currency} has; got ${got}.`,
  ),
  amount_too_large: unreadable(
    { path: 'subtotal', max: '10000000000.00', got: 'the number 1e+30' },
    ({ path, max, got }) => `\`${path}\` must be at most ${max}; got ${got}.`,
  ),
  currency_unknown: unreadable(
    { path: 'currency', got: 'the text "DOLLAR"' },
    ({ path, got }) => `\`${path}\` must be a current ISO 4217 code such as USD; got ${got}.`,
  ),
  currency_mismatch: unreadable(
    { currency: 'EUR', expected: 'USD' },
    ({ currency, expected }) =>
      `\`currency\` is ${currency}, but this account's program runs in ${expected}. Send ${expected}, or leave the field out.`,
  ),
  lines_empty: unreadable(
    { path: 'basket.posEntries' },
    ({ path }) =>
      `\`${path}\` is empty. Send at least one line with a quantity of 1 or more: [{ "posItem": { "label", "cost" }, "quantity": 1 }].`,
  ),
  too_many_lines: unreadable(
    { path: 'basket.posEntries', max: 1_000, actual: 10_000 },
    ({ path, max, actual }) => `\`${path}\` has ${actual} lines; at most ${max} are allowed in one order.`,
  ),
  too_many_units: unreadable(
    { path: 'basket.posEntries', max: 10_000, actual: 25_000 },
    ({ path, max, actual }) => `The quantities at \`${path}\` make ${actual} units; at most ${max} are allowed in one order.`,
  ),
  modifiers_too_deep: unreadable(
    { path: 'basket.posEntries[0].posItem.modifiers[0]', max: 10 },
    ({ path, max }) => `\`${path}\` nests modifiers more than ${max} levels deep.`,
  ),
  quantity_conflict: unreadable(
    { path: 'basket.posEntries[0].quantity', beside: 1, inside: 2 },
    ({ path, beside, inside }) =>
      `\`${path}\` is ${beside}, but the quantity inside its posItem is ${inside}. Send it in one place only.`,
  ),

  totals_mismatch: unreadable<{ path: string; required: number; actual: number; digits: number; tolerance: number; sum: string }>(
    { path: 'subtotal', required: 1295, actual: 1395, digits: 2, tolerance: 1, sum: 'the lines' },
    ({ path, required, actual, digits, tolerance, sum }) =>
      `\`${path}\` is ${formatMoney(actual, digits)}, but ${sum} make ${formatMoney(required, digits)} (more than ${formatMoney(tolerance, digits)} apart: one minor unit per line is allowed).`,
  ),
  id_missing_at_placed: unreadable<{ path: string; uuid?: string }>({ path: 'id' }, ({ path, uuid }) =>
    uuid === undefined
      ? `\`${path}\` is missing in a placed order, and so is basket.uuid: the call is answered, but nothing can be stored or held.`
      : `\`${path}\` is missing in a placed order. It is known by basket.uuid only until \`${path}\` comes with a later call.`,
  ),
  payments_missing: unreadable(
    { path: 'payments' },
    ({ path }) =>
      `\`${path}\` is missing. Every call after checkout says how the order is paid: [{ "tender": "credit", "amount": 12.95 }].`,
  ),
  quantity_missing: unreadable(
    { path: 'basket.posEntries[0].posItem.modifiers[0].quantity' },
    ({ path }) => `\`${path}\` is missing; 1 is assumed.`,
  ),
  discount_below_reward: unreadable(
    { path: 'discount', actual: 0, required: 500, digits: 2 },
    ({ path, actual, required, digits }) =>
      `\`${path}\` is ${formatMoney(actual, digits)}, less than the reward's own ${formatMoney(required, digits)}: it is the whole discount, the reward's included.`,
  ),

  no_such_route: row(
    404,
    2000,
    { method: 'GET', path: '/loyalty/account' },
    ({ method, path }) => `There is no ${method} ${path}. The operations are listed at /docs.`,
    notUnderstood,
  ),
  body_too_large: row(
    413,
    2000,
    { max: 262_144 },
    ({ max }) =>
      `The body is larger than ${max} bytes. An order of that size has to be sent in parts, or without its unused fields.`,
    notUnderstood,
  ),
  unsupported_media_type: row(
    415,
    2000,
    { got: 'text/plain' },
    ({ got }) => `The Content-Type must be application/json; got ${got === '' ? 'none' : got}.`,
    notUnderstood,
  ),
  rate_limited: row(
    429,
    2000,
    { retryAfterS: 1 },
    ({ retryAfterS }) =>
      `Too many requests. Wait ${retryAfterS} s (Retry-After) and send it again; order calls are safe to repeat.`,
    tryAgain,
  ),
  internal: row<NoFacts>(
    500,
    2000,
    {},
    () =>
      'An error of ours. Nothing was changed unless a repeat of this call says so; quote the id of this answer when you report it.',
    tryAgain,
  ),
  unavailable: row(
    503,
    2000,
    { retryAfterS: 2 },
    ({ retryAfterS }) =>
      `The server cannot reach its database just now. Send the same request again after ${retryAfterS} s (Retry-After); order calls are safe to repeat.`,
    tryAgain,
  ),
  overloaded: row(
    503,
    2000,
    { retryAfterS: 1 },
    ({ retryAfterS }) =>
      `The server has more to do than it can within its time, and has not looked at this call. Send it again after ${retryAfterS} s (Retry-After); order calls are safe to repeat.`,
    tryAgain,
  ),
  shutting_down: row(
    503,
    2000,
    { retryAfterS: 2 },
    ({ retryAfterS }) =>
      `The server is shutting down. Send the same request again after ${retryAfterS} s (Retry-After); order calls are safe to repeat.`,
    tryAgain,
  ),
}
