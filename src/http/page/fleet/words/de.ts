// Deutsch. Every text of `en.ts`, in its order; the compiler says what is missing.
import type { Said } from '../../words';
import type { Catalogue } from '../../words/catalogue';
import type { Fleet } from '.';
import type { en, more } from './en';

const plural = (n: number, one: string, many: string) => `${n} ${n === 1 ? one : many}`;

export const de: Said<typeof en> = {
  seconds: (n: number) => plural(n, 'Sekunde', 'Sekunden'),
  minutes: (n: number) => plural(n, 'Minute', 'Minuten'),

  // ---- the server's answers ----
  silent: 'Der Flottenserver antwortet nicht.',
  answered: (status: number) => `Der Flottenserver antwortete mit ${status}.`,
  forbidden: (detail: string) => `Das ist hier nicht erlaubt: ${detail}`,
  tooMuch: (wait: string | null) =>
    `Das war zu viel auf einmal.${wait ? ` Bitte in ${wait} noch einmal versuchen.` : ''}`,

  // ---- the frame around every view ----
  sections: 'Bereiche',
  dismiss: 'Diese Meldung schließen',
  again: 'Noch einmal',
  reload: 'Seite neu laden',
  stale: 'Der Flottenserver wurde aktualisiert und hat eine neuere Seite.',
  cancel: 'Abbrechen',
  more: 'Mehr',
  link: {
    on: 'Mit dem Flottenserver verbunden',
    locked: 'Nicht mit dem Flottenserver gekoppelt',
    off: 'Nicht verbunden: wird weiter versucht',
  },
  missing: {
    title: 'Dieser Teil der Seite ist nicht da',
    text: 'Er ließ sich nicht laden: Der Server antwortet nicht, oder er wurde inzwischen aktualisiert.',
  },
};

export const deMore: Said<typeof more> = {
  may: {
    viewer: 'alle Geräte ansehen',
    labeller: 'auf Geräten markieren, aufnehmen und trainieren',
    admin: 'alles, auch Modelle einsetzen und anderen Zugang geben',
  },
  pair: {
    title: 'Mit diesem Flottenserver koppeln',
    in: 'Angemeldet',
    stranger: 'Dieser Server antwortet nur denen, die er kennt.',
    known: (may: string) => `Angemeldet. Erlaubt ist: ${may}. Ein anderer Code ändert das.`,
    mayNow: (may: string) => `Erlaubt ist: ${may}.`,
    code: 'Code',
    go: 'Anmelden',
    checking: 'Wird geprüft …',
    length: 'Ein Code hat acht Buchstaben und Ziffern, zum Beispiel K7QF-3M9T.',
    wrong:
      'Dieser Code gilt nicht: Er ist vielleicht vertippt, schon benutzt oder zu alt. Ein Code gilt einmal und nur einige Minuten. Bitte einen neuen geben lassen.',
    wait: (wait: string) => `Zu viele falsche Codes. Der Server nimmt den nächsten in ${wait} an.`,
    help: 'Kein Code? Den gibt, wer die Flotte betreibt: auf der eigenen Seite unter Personen, „Zugang geben“; oder am Server mit',
    command: 'fieldcoach fleet pair',
    done: 'Zu den Geräten',
  },
  device: {
    letIn: 'Zugang geben',
    letInNamed: (name: string) => `Zugang für ${name}`,
    loopback:
      'Dieser Server hört nur auf sich selbst, darum erreicht ihn sonst niemand. Mit einer Adresse des Netzes gestartet (',
    listen: '--listen',
    loopbackThen: '), lässt sich hier Zugang geben.',
    whatMay: 'Was erlaubt ist',
    roles: { labeller: 'Markiert', viewer: 'Schaut zu', admin: 'Verwaltet' },
    mayText: (may: string) => `Darf ${may}`,
    whose: 'Wessen Handy (freiwillig)',
    whoseHint: 'Anas Handy',
    showCode: 'Code zeigen',
    whoIsIn: 'Wer Zugang hat',
    nobody: 'Noch niemand.',
    somebody: 'Jemand',
    yourself: 'ich',
    program: 'für ein Programm',
    lastHere: (time: string) => `zuletzt hier: ${time}`,
    notHere: 'noch nicht hier',
    removeNamed: (name: string) => `${name} entfernen`,
    removeQuestion: (name: string) => `${name} entfernen? Der Zugang endet sofort.`,
    removeYourself: 'Den eigenen Zugang entfernen? Danach braucht es einen neuen Code.',
    keep: 'Behalten',
    remove: 'Entfernen',
    isIn: (name: string) => `${name} hat jetzt Zugang.`,
    point: (may: string) => `Die Kamera des anderen Handys darauf richten. Wer so hereinkommt, darf ${may}.`,
    qr: 'Der Code als Bild, für eine Kamera',
    left: (time: string) => `Gilt einmal, noch ${time}`,
    over: 'Dieser Code ist abgelaufen.',
    another: 'Neuer Code',
    without: 'Ohne Kamera',
    addresses: 'Eine dieser Adressen öffnen und den Code eintippen:',
    fingerprint: 'Fingerabdruck',
    fingerprintText: 'SHA-256 vom Zertifikat des Servers, zum Vergleichen vor dem Installieren:',
    close: 'Schließen, Code verwerfen',
    mayStillWork: (why: string) => `Der Code gilt vielleicht noch, bis er abläuft. ${why}`,
  },
};

export const deFleet: Fleet = {
  tabs: { devices: 'Geräte', orders: 'Aufträge', history: 'Verlauf', people: 'Personen' },
};

/** Sentences that the server and the devices say. */
export const device: Catalogue = {};
