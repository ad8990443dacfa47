// Deutsch. Every text of `en.ts`, in its order; the compiler says what is missing.
import type { Said } from '../../words';
import type { Catalogue } from '../../words/catalogue';
import { device as ofDevices } from '../../words/de';
import type { Fleet } from '.';
import type { en, more } from './en';
import { server } from './server';

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
  title: 'Alle Geräte',

  // ---- whether it is so ----
  stoodAt: (time: string) => `Der Flottenserver antwortet nicht. So war es um ${time}.`,
  unheard: (why: string) => `Der Server hört den Broker nicht: ${why}.`,
  unheardYet: 'Der Server hört den Broker noch nicht.',
  stoodBefore: 'So war es, als er ihn noch hörte.',
  notes: (n: number) => `${plural(n, 'Anmerkung', 'Anmerkungen')} zum Broker`,

  // ---- how a device is ----
  states: { online: 'online', offline: 'offline', silent: 'stumm' },
  wasStates: { online: 'war online', offline: 'war offline', silent: 'war stumm' },
  justNow: 'gerade eben',
  heard: (ago: string) => `gehört ${ago}`,
  neverHeard: 'nie gehört',
  diskFree: (bytes: string) => `${bytes} frei`,
  ap50: (score: string) => `AP50 ${score}`,
  epoch: (epoch: number, epochs: number) => `Epoche ${epoch} von ${epochs}`,
  ready: (when: string) => `fertig ${when}`,
  trainingStates: {
    queued: 'Training wartet',
    preparing: 'bereitet ein Training vor',
    training: 'trainiert',
    evaluating: 'bewertet ein Training',
    done: 'Training ist beendet',
    failed: 'Training ist gescheitert',
    cancelled: 'Training abgebrochen',
  },
  unread: 'Nicht alles, was es sagt, ist zu verstehen',
  andMore: (words: string, n: number) => `${words} · und ${n} mehr`,
  noModel: 'noch kein Modell',
  reaches: {
    paired: 'erreichbar',
    none: 'Nicht gekoppelt',
    refused: 'Antwortet nicht auf Anfragen',
    unknown_token: 'Kennt diesen Server nicht mehr',
  },
  alarms: {
    camera_lost: 'Kamera weg',
    disk_low: 'Speicher fast voll',
    disk_failed: 'Speicher versagt',
    part_failed: 'Ein Teil ist ausgefallen',
    part_stuck: 'Ein Teil hängt',
    live_failed: 'Das Modell kann nicht schauen',
    clock_unsure: 'Der Uhr ist nicht zu trauen',
  },

  // ---- the list ----
  search: 'Namen, Gruppen, Alarme suchen',
  filter: 'Filter',
  which: 'Was gezeigt wird',
  any: 'alle',
  group: 'Gruppe',
  alarm: 'Alarm',
  version: 'Version',
  sort: 'Reihenfolge',
  grouped: 'Nach Gruppen',
  noGroup: 'In keiner Gruppe',
  shown: {
    all: 'Alle',
    wrong: 'Braucht jemanden',
    online: 'Online',
    offline: 'Offline',
    silent: 'Stumm',
    training: 'Trainiert',
    unpaired: 'Nicht erreichbar',
  },
  sorted: {
    wrong: 'Was nicht stimmt zuerst',
    name: 'Name',
    seen: 'Am längsten nicht gehört',
    model: 'Schwächstes Modell',
    waiting: 'Am meisten zu markieren',
    disk: 'Vollster Speicher',
    heat: 'Am heißesten',
  },
  counts: {
    online: (n: number) => `${n} online`,
    wrong: (n: number) => (n === 1 ? '1 braucht jemanden' : `${n} brauchen jemanden`),
  },
  devices: (n: number) => `${n.toLocaleString('de')} ${n === 1 ? 'Gerät' : 'Geräte'}`,
  devicesOf: (n: number, all: number) => `${n.toLocaleString('de')} von ${all.toLocaleString('de')} Geräten`,
  noneFound: 'Kein Gerät passt dazu.',
  showAll: 'Alle zeigen',
  noDevices: 'Noch kein Gerät gehört',
  noDevicesWhy: 'Geräte erscheinen hier, sobald sie mit demselben Broker sprechen. In der Konfiguration eines jeden:',
  choose: 'Auswählen',
  chooseNamed: (name: string) => `${name} auswählen`,
  chooseAll: 'Alle diese',
  chooseNone: 'Abbrechen',
  orderFor: (n: number) => (n ? `Auftrag an ${n}` : 'Auftrag'),

  // ---- a device ----
  how: 'Zustand',
  noPicture: 'Noch kein Bild gehört.',
  pictureAlt: (name: string) => `Neuestes Bild von ${name}`,
  pictureOf: (ago: string) => `Das Bild kam ${ago}.`,
  open: 'Öffnen',
  asRole: {
    viewer: 'Seine Seite, durch den Broker: nur zum Ansehen.',
    labeller: 'Seine Seite, durch den Broker: zum Markieren und Trainieren.',
    admin: 'Seine Seite, durch den Broker.',
  },
  openOffline: 'Es ist nicht online: Seine Seite öffnet sich, wenn es wieder da ist.',
  advice: {
    camera_lost: 'Hat die Kamera Strom, und steckt ihr Kabel? Sie kommt von selbst wieder.',
    disk_low: 'Auf seiner Seite unter Gerät löschen, was nicht gebraucht wird, oder ein kleineres Budget erlauben.',
    disk_failed:
      'Markierungen bleiben vielleicht nicht mehr erhalten. Eine Sicherung nehmen und Platte oder Karte tauschen.',
    part_failed: 'Es wird von selbst neu gestartet. Kommt es wieder, steht mehr im Protokoll auf seiner Seite.',
    part_stuck: 'Das Programm startet neu, wenn es nicht von selbst endet. Kommt es wieder, steht mehr im Protokoll.',
    live_failed: 'Solange wird nichts erkannt. Zum Modell davor zurückgehen, oder auf seiner Seite nachsehen.',
    clock_unsure: 'Zeiten, die es nennt, stimmen vielleicht nicht, bis es einen Zeitserver erreicht.',
  },
  since: (time: string) => `seit ${time}`,
  training: 'Training',
  model: 'Modell',
  trained: (time: string) => `gemacht ${time}`,
  cameras: (n: number) => (n === 1 ? 'Kamera' : 'Kameras'),
  cameraStates: {
    starting: 'startet',
    streaming: 'gibt Bilder',
    lost: 'weg',
    full: 'kein Platz für Bilder',
  },
  frames: 'Bilder',
  labelled: (n: number) => `${n.toLocaleString('de')} markiert`,
  waiting: (n: number) => `${n.toLocaleString('de')} zu markieren`,
  disk: 'Speicher',
  diskOf: (free: string, all: string) => `${free} von ${all} frei`,
  temperature: 'Temperatur',
  saidNothing: 'Es hat noch nichts von sich gesagt.',
  allHistory: 'Alles, was geschah',
  notThere: (id: string) => `Es gibt kein Gerät ${id}`,
  notThereWhy: 'Es wurde nicht gehört, oder jemand ließ es vergessen. Es erscheint, sobald es gehört wird.',

  // ---- the way to it ----
  reachWhy: {
    paired: '',
    none: 'Um seine Seite von hier zu öffnen, braucht dieser Server ein Token, das das Gerät ausgestellt hat. Es wird einmal gefragt und nie wieder gezeigt.',
    refused:
      'Es ist online, antwortete aber nicht. Vielleicht lässt es sich nicht erreichen: mqtt.remote in seiner Konfiguration.',
    unknown_token: 'Sein Token wurde dort entfernt. Ein anderes bringt es zurück.',
  },
  askAdmin: 'Ein Admin dieses Servers kann es koppeln.',
  token: 'Token',
  tokenFrom: 'Am Gerät:',
  pair: 'Koppeln',
  askingDevice: 'Das Gerät wird gefragt …',
  nowReached: (name: string) => `${name} ist erreichbar.`,
  dropToken: 'Sein Token vergessen',
  scan: 'Scannen',
  scanHint: 'Die Kamera auf den QR-Code des Tokens richten.',
  noScan: (why: string) => `Die Kamera lässt sich nicht benutzen: ${why}`,

  // ---- what it is called ----
  called: 'Wie es hier heißt',
  name: 'Name',
  groups: 'Gruppen, mit Kommas dazwischen',
  groupsHint: 'Stall, Nord',
  save: 'Speichern',
  forget: 'Dieses Gerät vergessen',
  forgetSure: (name: string) =>
    `${name} vergessen, mit Name, Gruppen und Token? Es kommt wieder, wenn es gehört wird, ohne sie.`,
  forgotten: (name: string) => `${name} ist vergessen.`,

  // ---- orders ----
  newOrder: 'Neuer Auftrag',
  command: 'Was zu tun ist',
  commands: {
    capture: 'Ein Bild aufnehmen',
    train: 'Trainieren',
    deploy: 'Ein Modell einsetzen',
    rollback: 'Zum Modell davor zurück',
    set: 'Eine Einstellung ändern',
    cancel: 'Das Training abbrechen',
  },
  commandWhat: {
    capture: 'Was die Kamera jetzt sieht, wird behalten, um markiert zu werden.',
    train: 'Ein Training beginnt mit den Markierungen, die da sind.',
    deploy: 'Mit der Kennung eines Modells, das das Gerät hat.',
    rollback: 'Das Modell, das vorher aktiv war, ist es wieder.',
    set: 'Eine Einstellung, auf allen dieselbe.',
    cancel: 'Von einem Gerät, das trainiert.',
  },
  capture: 'Aufnehmen',
  otherOrder: 'Mehr',
  modelId: 'Kennung des Modells',
  setting: 'Einstellung',
  value: 'Wert',
  valueHint: 'leer: wie konfiguriert',
  canary: 'Geräte, die vorangehen (0: alle zugleich)',
  stopAfter: 'Anhalten nach so vielen Fehlschlägen',
  expires: 'Minuten, in denen ein Gerät ihn annehmen kann',
  to: (n: number) => `An ${plural(n, 'Gerät', 'Geräte')}:`,
  without: (name: string) => `Ohne ${name}`,
  andOthers: (n: number) => `und ${n} weitere`,
  nobodyChosen: 'Kein Gerät ist ausgewählt.',
  someOffline: (n: number, minutes: number) =>
    `${n === 1 ? '1 ist nicht online' : `${n} sind nicht online`}: Der Auftrag wartet ${plural(minutes, 'Minute', 'Minuten')}.`,
  lacks: {
    model: 'Die Kennung eines Modells hat 36 Buchstaben, Ziffern und Striche.',
    setting: 'Eine Einstellung heißt zum Beispiel live.fps.',
    training: 'Ein Gerät auswählen, das trainiert.',
  },
  send: (what: string, n: number) => (n > 1 ? `${what}: ${n} Geräte` : what),
  noOrders: 'Noch keine Aufträge.',
  orderHow: 'In der Liste Geräte auswählen, dann, was sie tun sollen.',
  orderDone: (n: number, all: number) => `${n} von ${all} erledigt`,
  orderFailed: (n: number) => `${n} nicht`,
  orderStates: { canary: 'die ersten Geräte', running: 'läuft', stopped: 'angehalten', done: 'beendet' },
  orderWhat: {
    canary: 'Die ersten Geräte sind gefragt; die anderen folgen, wenn es gut geht.',
    running: 'Alle Geräte sind gefragt.',
    stopped: 'Er wurde angehalten: Geräte, die noch nicht gefragt waren, bleiben, wie sie sind.',
    done: 'Jedes Gerät wurde gefragt.',
  },
  orderStopped: (why: string) =>
    `Er wurde angehalten: ${why}. Geräte, die noch nicht gefragt waren, bleiben, wie sie sind.`,
  orderBy: (name: string) => `von ${name}`,
  orderUntil: (time: string) => `gilt bis ${time}`,
  orderDeviceStates: {
    waiting: 'wartet',
    sent: 'gefragt',
    done: 'erledigt',
    failed: 'gescheitert',
    expired: 'zu spät',
  },
  cancelOrder: 'Diesen Auftrag anhalten',

  // ---- what happened ----
  historyOf: (name: string) => `Verlauf von ${name}`,
  kinds: {
    alarm: 'Alarm',
    cleared: 'Alarm vorbei',
    online: 'online',
    offline: 'offline',
    silent: 'stumm',
    training: 'Training',
    model: 'Modell',
    settings: 'Einstellungen',
    audit: 'von jemandem getan',
    event: 'Ereignis',
    new: 'neues Gerät',
    gone: 'nicht mehr da',
    order: 'Auftrag',
  },
  nothingYet: 'Noch nichts.',

  // ---- people ----
  you: 'Eigener Zugang',
  local: 'Direkt am Server',
  toDoMore: 'Für mehr einen Admin um einen anderen Code bitten: Personen, „Zugang geben“; oder am Server mit',
  haveCode: 'Code eingeben',
  language: 'Sprache dieser Seite',
};

/** Sentences that the devices and the server say. */
export const device: Catalogue = { ...server, ...ofDevices };
