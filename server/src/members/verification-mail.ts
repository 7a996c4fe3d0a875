import type { OutgoingMail } from './mail-store.ts'

/** The mail that asks someone to prove that an address is theirs. Plain text: it must be readable everywhere and has one link. */
export function verificationMail(wish: { email: string; phone?: string; brand: string; link: string }): OutgoingMail {
  const brand = wish.brand.replace(/\s+/g, ' ')
  return {
    to: wish.email,
    subject: `Confirm your email address for ${brand}`,
    text: [
      `Hello,`,
      ``,
      `please confirm that this is your email address, to finish joining the loyalty program of ${brand}${phoneEnding(wish.phone)}:`,
      ``,
      wish.link,
      ``,
      `The link works for 24 hours. If you did not ask for this, ignore this mail: nothing happens unless the link is opened.`,
      ``,
    ].join('\n'),
  }
}

/** Enough for the owner to notice a mistyped number, too little for anyone else to learn it. */
function phoneEnding(phone: string | undefined): string {
  return phone === undefined ? '' : ` with the phone number ending in ${phone.slice(-4)}`
}
