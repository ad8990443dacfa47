/** What this is, for the list of who is in. */
export function guess(): string {
  const agent = navigator.userAgent;
  if (/iPhone/.test(agent)) return 'iPhone';
  if (/iPad/.test(agent) || (/Macintosh/.test(agent) && navigator.maxTouchPoints > 1)) return 'iPad';
  if (/Android/.test(agent)) return /Mobile/.test(agent) ? 'Android phone' : 'Android tablet';
  if (/Windows/.test(agent)) return 'Windows computer';
  if (/Macintosh/.test(agent)) return 'Mac';
  if (/CrOS/.test(agent)) return 'Chromebook';
  return /Linux/.test(agent) ? 'Linux computer' : 'Browser';
}

/** A code as it was meant, such as `K7QF-3M9T`; null where it is none. Case, spaces and hyphens do not matter, and some
 * letters look like digits. */
export function meant(text: string): string | null {
  const letters = text
    .toUpperCase()
    .replace(/[^0-9A-Z]/g, '')
    .replaceAll('O', '0')
    .replace(/[IL]/g, '1');
  return letters.length === 8 ? `${letters.slice(0, 4)}-${letters.slice(4)}` : null;
}
