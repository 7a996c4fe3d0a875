import { isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js'

/**
 * A phone number in E.164, or undefined when it cannot be one. A number of possible length is accepted even if its range is not assigned
 * (wire-contract §4: test numbers are in everyday use). One with an extension is not: it is a switchboard's, and no single person's.
 * @param country ISO 3166 code whose numbers may come without a country code.
 */
export function normalisePhone(text: string, country: string): string | undefined {
  const parsed = parsePhoneNumberFromString(text.trim(), {
    extract: false,
    ...(isSupportedCountry(country) && { defaultCountry: country }),
  })
  return parsed?.isPossible() && !parsed.ext ? parsed.number : undefined
}
