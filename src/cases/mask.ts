/** A phone number that can be recognised by its owner but not called: `098****123`, `0260***799` (R9-17). */
export function maskPhone(phone: string): string {
  const digits = phone.replace(/\D+/g, '')
  const national = phone.trim().startsWith('+84') ? `0${digits.slice(2)}` : digits
  if (national.length < 8) return '***'
  if (!national.startsWith('0')) return `***${national.slice(-3)}`
  if (!national.startsWith('02')) return `${national.slice(0, 3)}****${national.slice(-3)}`
  const areaLength = /^02[48]/.test(national) ? 3 : 4
  return `${national.slice(0, areaLength)}***${national.slice(-3)}`
}

/** `n***@example.vn` (R9-17). What is no address becomes `***`. */
export function maskEmail(email: string): string {
  const at = email.lastIndexOf('@')
  return at < 1 ? '***' : `${firstLetter(email)}***${email.slice(at)}`
}

/** The public form of a person's name: `Y H**`, `Nguyễn V** A**` (R6-4). A name of one word keeps its first letter. */
export function maskPersonName(name: string): string {
  const [family = '', ...given] = name.toWellFormed().normalize('NFC').trim().split(/\s+/)
  if (given.length === 0) return family === '' ? '' : hide(family)
  return [family, ...given.map(hide)].join(' ')
}

function hide(word: string): string {
  return `${firstLetter(word)}**`
}

function firstLetter(word: string): string {
  return /^.\p{M}*/su.exec(word.toWellFormed())?.[0] ?? ''
}
