// Deutsch. Every text of `en.ts`, in its order; the compiler says what is missing.
import type { Said, Words } from '.';
import type { Catalogue } from './catalogue';
import type { clips } from './en';
import type { More } from './more';

const plural = (n: number, one: string, many: string) => `${n} ${n === 1 ? one : many}`;
const decimal = (n: number, places: number) =>
  n.toLocaleString('de', { minimumFractionDigits: places, maximumFractionDigits: places });

export const de: Words = {
  seconds: (n: number) => plural(n, 'Sekunde', 'Sekunden'),
  minutes: (n: number) => plural(n, 'Minute', 'Minuten'),
  frames: (n: number) => plural(n, 'Bild', 'Bilder'),

  // ---- the device's answers ----
  silent: 'Das Gerät antwortet nicht. Ist es an, und ist dieses Handy in seinem Netz?',
  answered: (status: number) => `Das Gerät antwortete mit ${status}.`,
  forbidden: (detail: string) => `Das ist hier nicht erlaubt: ${detail}`,
  tooMuch: (wait: string | null) =>
    `Das war zu viel auf einmal.${wait ? ` Bitte in ${wait} noch einmal versuchen.` : ''}`,

  // ---- the frame around every view ----
  sections: 'Bereiche',
  tabs: { camera: 'Kamera', label: 'Markieren', library: 'Bilder', train: 'Training', device: 'Gerät' },
  fleet: 'Alle Geräte',
  dismiss: 'Diese Meldung schließen',
  again: 'Noch einmal',
  reload: 'Seite neu laden',
  stale: 'Das Gerät wurde aktualisiert und hat eine neuere Seite. Was gezeichnet wurde, bleibt erhalten.',
  cancel: 'Abbrechen',
  undo: 'Rückgängig',
  undone: 'Es ist wieder wie vorher.',
  undoneSome: (n: number) =>
    n === 1
      ? 'Es ist wieder wie vorher, außer bei 1 Bild, das inzwischen jemand geändert hat: Es bleibt so.'
      : `Es ist wieder wie vorher, außer bei ${n} Bildern, die inzwischen jemand geändert hat: Sie bleiben so.`,
  more: 'Mehr',
  badge: { runs: 'ein Training läuft', over: 'ein Training ist beendet' },
  link: {
    on: 'Mit dem Gerät verbunden',
    locked: 'Nicht mit dem Gerät gekoppelt',
    off: 'Nicht verbunden: wird weiter versucht',
  },
  unsent: (n: number) => `${n} ungesendet`,
  unsentTitle: (n: number) =>
    `${plural(n, 'Änderung an Markierungen wartet', 'Änderungen an Markierungen warten')} auf diesem Handy, bis das Gerät antwortet`,
  missing: {
    title: 'Dieser Teil der Seite ist nicht da',
    text: 'Er ließ sich nicht laden: Das Gerät antwortet nicht, oder es wurde inzwischen aktualisiert.',
  },

  // ---- labelling ----
  label: {
    title: 'Markieren',
    nothingLeft: {
      unlabelled: 'Nichts mehr zu markieren',
      labelled: 'Nichts mehr zu prüfen',
      reviewed: 'Nichts mehr abzuschließen',
    },
    nothingYet: 'Noch nichts markiert',
    othersShow: 'Was andere auf diesem Gerät markieren, erscheint hier.',
    allDone: {
      unlabelled: (waiting: number) =>
        waiting
          ? `Alle anderen Bilder sind markiert. ${plural(waiting, 'Bild wartet', 'Bilder warten')} auf diesem Handy darauf, gesendet zu werden.`
          : 'Alle Bilder auf diesem Gerät sind markiert. Weitere aufnehmen, oder unten eines ändern.',
      labelled: (_: number) => 'Was markiert war, ist bestätigt.',
      reviewed: (_: number) => 'Was bestätigt war, ist abgeschlossen.',
    },
    toCamera: 'Zur Kamera',
    lookAgain: 'Neu nachsehen',
    previous: 'Voriges Bild',
    next: 'Nächstes Bild, ohne zu speichern',
    undo: 'Rückgängig',
    redo: 'Wiederholen',
    boxes: (n: number, outlines: number) =>
      !outlines
        ? plural(n, 'Rahmen', 'Rahmen')
        : outlines < n
          ? plural(n, 'Objekt', 'Objekte')
          : plural(n, 'Umriss', 'Umrisse'),
    left: (n: number) => `noch ${n}`,
    toClip: 'Clip',
    backHere: 'Zurück zum Markieren',
    newReason: 'neu',
    boardLabel: 'Bild, auf das Rahmen gezeichnet werden',
    fit: 'Das ganze Bild zeigen',
    boxCategory: 'Kategorie dieses Rahmens',
    deleteBox: 'Diesen Rahmen löschen',
    loading: 'Lädt …',
    saving: 'Speichert …',
    notDrawn: (why: string) => `Nicht gezeichnet: ${why}`,
    isSaved: 'Dieses Bild wird gerade gespeichert.',
    isLoading: 'Das nächste Bild lädt noch.',
    lost: {
      changed: 'Das Bild hat unter dem Finger gewechselt.',
      small: 'Zu schmal. Von einer Ecke des Dings zur gegenüberliegenden ziehen.',
      cut: 'Die Berührung wurde unterbrochen.',
      few: 'Ein Umriss hat mindestens drei Ecken.',
      flat: 'In einem Umriss liegt etwas. Ecken zurücknehmen oder weitermachen.',
    },
    noPicture: 'Dieses Bild ließ sich nicht laden.',
    boxSaid: (category: string, [width, height]: [number, number], [x, y]: [number, number]) =>
      `${category}, ${width} mal ${height} Pixel, bei ${x}, ${y}`,
    proposalSaid: (category: string, score: number) =>
      `${category}, vorgeschlagen, zu ${Math.round(score * 100)} Prozent sicher: a nimmt an, x lehnt ab`,
    accepted: (category: string) => `${category} angenommen`,
    acceptedMany: (n: number) => `${plural(n, 'Vorschlag', 'Vorschläge')} angenommen`,
    refused: (category: string) => `${category} abgelehnt`,
    refusedMany: (n: number) => `${plural(n, 'Vorschlag', 'Vorschläge')} abgelehnt`,
    acceptNext: (n: number) => `${n} annehmen & weiter`,
    asBefore: 'Wie zuvor',
    confirm: 'Stimmt & weiter',
    by: (name: string) => `von ${name}`,
    hand: 'Das Bild mit einem Finger verschieben',
    outline: (n: number) => `${plural(n, 'Ecke', 'Ecken')}: die nächste antippen`,
    outlineBack: 'Zurück',
    outlineClose: 'Schließen',
    find: 'Kategorie suchen',
    nameless: 'Der gezeichnete Rahmen hat noch keine Kategorie. Eine anlegen oder abbrechen.',
    notKept: (n: number) => `${n === 1 ? 'Der Rahmen wurde' : 'Die Rahmen wurden'} nicht behalten: keine Kategorie.`,
    outlineLost: 'Der Umriss wurde nicht behalten: Er ließ sich nicht schließen.',
    crosses: 'Seiten dieses Umrisses kreuzen sich: Ist das so gemeint? Ecken verschieben oder rückgängig machen.',
    categoryToDraw: 'Kategorie zum Zeichnen',
    tags: 'Gilt für das ganze Bild',
    newCategory: '+ Neu',
    save: 'Speichern & weiter',
    saveLeave: (labels: number, open: number) => `${labels} speichern, ${open} weglassen`,
    nothing: 'Nichts da',
    what: (boxes: string, tags: number, open: number, confirmed: boolean) => {
      const some = [boxes, tags && plural(tags, 'Merkmal', 'Merkmale')].filter(Boolean).join(', ');
      return `${some || (confirmed ? 'unverändert' : 'nichts da')}${open ? `, ${open} weggelassen` : ''}`;
    },
    saved: (what: string) => `Gespeichert: ${what}`,
    onItsWay: (what: string) => `Wird gesendet: ${what}`,
    keptHere: (what: string) => `Auf diesem Handy: ${what}`,
    refusals: {
      gone: 'Dieses Bild wurde gelöscht.',
      conflict: 'Oben wählen, wessen Markierungen bleiben.',
      nameless: 'Der Rahmen hat noch keine Kategorie.',
      waits: 'Schon auf diesem Handy gespeichert; es wird gesendet, sobald das Gerät antwortet.',
      same: 'Hier wurde nichts geändert.',
      open: 'Erst die richtigen Vorschläge annehmen, oder sagen, dass keiner stimmt.',
      bare: 'Erst einen Rahmen zeichnen, oder sagen, dass nichts da ist.',
    },
    last: 'Dies ist das letzte Bild ohne Markierungen.',
    restored: 'Was hier gezeichnet war, ist wieder da: noch nicht gespeichert.',
    refusedBecause: (why: string) => `Das Gerät hat dies nicht angenommen: ${why}`,
    changedAfter: 'Nach dem Speichern geändert: Es wird erst gesendet, wenn es noch einmal gespeichert ist.',
    joinedTabs: 'Auf diesem Bild wurde auch in einem anderen Tab gezeichnet: Zu sehen ist beides.',
    joined: 'Jemand anders hat dieses Bild auch markiert: Zu sehen ist beides.',
    wasDeleted: 'Dieses Bild wurde gelöscht. Einen Tag lang lässt es sich zurückholen, unter Gerät.',
    theirsStay: 'Jemand anders hatte ein Bild markiert, auf dem hier nichts markiert war: Die Markierungen bleiben.',
    joinedLater: 'Ein gespeichertes Bild hatte auch jemand anders markiert: Es hat jetzt beides.',
    labelledElsewhere: 'Jemand anders hat dieses Bild gerade gespeichert.',
    disputedLater: 'Jemand anders hat Objekte auf einem gespeicherten Bild anders markiert: Es ist unten aufgeführt.',
    gone: 'Dieses Bild ist nicht mehr auf dem Gerät; was darauf gezeichnet war, ist verworfen.',
    isGone:
      'Das Bild wurde gelöscht. Was gezeichnet war, bleibt hier. Einen Tag lang lässt es sich zurückholen, unter Gerät.',
    notSaved: (why: string) => `Ein Bild ließ sich nicht speichern: ${why}`,
    noMoreHere: 'Das Gerät antwortet nicht, und auf diesem Handy ist kein anderes Bild.',
    unreached: 'Kein Bild konnte gezeigt werden.',
    outage: 'Das Gerät antwortet nicht. Einfach weitermachen: Gespeichertes bleibt so lange hier.',
    outageInTab: (n: number) =>
      `${plural(n, 'Bild wartet', 'Bilder warten')} nur in diesem Tab: Wird er geschlossen, geht das verloren.`,
    goesOn: 'Es geht weiter, sobald es antwortet.',
    outageWaiting: (n: number) =>
      `Das Gerät antwortet nicht. ${plural(n, 'Bild wartet', 'Bilder warten')} auf diesem Handy; einfach weitermachen.`,
    takenBack: 'Zurückgenommen: Das Gerät hat, was es vorher hatte, und dies hier ist nicht gespeichert.',
    takenBackHere: 'Zurückgenommen: Dies ist nicht gespeichert.',
    notTakenBack: 'Jemand anders hat dieses Bild seither geändert; es wurde nicht zurückgenommen.',
    couldNot: (why: string) => `Es ließ sich nicht zurücknehmen: ${why}`,
  },
};

/** What labelling does not need. */
export const deMore: More = {
  zoom: {
    in: 'Näher heran',
    out: 'Alles zeigen',
    keys: '+ und − näher heran und zurück, 0 zeigt alles, Pfeile verschieben',
  },

  // ---- what a role may do ----
  may: {
    viewer: 'Kamera, Markierungen und Trainings ansehen',
    labeller: 'markieren, Bilder aufnehmen und Trainings starten',
    admin: 'alles, auch Modelle einsetzen und anderen Zugang geben',
  },

  // ---- pairing ----
  pair: {
    title: 'Mit diesem Gerät koppeln',
    in: 'Angemeldet',
    stranger: 'Dieses Gerät antwortet nur denen, die es kennt.',
    known: (may: string) => `Angemeldet. Erlaubt ist: ${may}. Ein anderer Code ändert das.`,
    mayNow: (may: string) => `Erlaubt ist: ${may}.`,
    code: 'Code',
    go: 'Anmelden',
    checking: 'Wird geprüft …',
    length: 'Ein Code hat acht Buchstaben und Ziffern, zum Beispiel K7QF-3M9T.',
    wrong:
      'Dieser Code gilt nicht: Er ist vielleicht vertippt, schon benutzt oder zu alt. Ein Code gilt einmal und nur einige Minuten. Bitte einen neuen geben lassen.',
    wait: (wait: string) => `Zu viele falsche Codes. Das Gerät nimmt den nächsten in ${wait} an.`,
    help: 'Kein Code? Den gibt, wer die Kamera eingerichtet hat: auf dem eigenen Handy unter Gerät, „Zugang geben“; oder am Gerät mit',
    command: 'fieldcoach pair',
    done: 'Zur Kamera',
  },

  // ---- why the browser warned ----
  certificate: {
    title: 'Warum der Browser gewarnt hat',
    why: 'Für eine Maschine im eigenen Netz bürgt keine öffentliche Stelle, darum bürgt dieses Gerät für sich selbst. Was gesendet wird und zu sehen ist, ist trotzdem verschlüsselt.',
    what: 'Einmal das Zertifikat des Geräts installieren, und es gibt keine Warnungen mehr; die Seite lässt sich dann wie eine App auf den Startbildschirm legen und öffnet sich auch ohne Netz. Alles andere geht auch ohne.',
    get: 'Zertifikat laden',
    notNow: 'Später',
    show: 'Die Warnungen des Browsers abstellen',
    compare:
      'Ob es das richtige ist, zeigt sein SHA-256-Fingerabdruck: Der, den das eigene System anzeigt, muss dem gleichen, der neben dem Code für den Zugang stand: auf dem Handy des Admins, oder dort, wo dies lief:',
    installed: 'Installiert: Seite neu laden',
    steps: {
      Android: [
        'Auf „Zertifikat laden“ tippen und die Datei behalten.',
        'Die Einstellungen öffnen und nach „CA-Zertifikat“ suchen. Es liegt unter Sicherheit, Weitere Sicherheitseinstellungen, Vom Gerätespeicher installieren.',
        'CA-Zertifikat wählen, Trotzdem installieren, und die Datei authority.crt.',
        'Den Browser schließen und diese Seite wieder öffnen.',
      ],
      'iPhone and iPad': [
        'In Safari auf „Zertifikat laden“ tippen, dann auf Zulassen.',
        'Die Einstellungen öffnen. Weit oben steht Profil geladen: darauf tippen, dann auf Installieren.',
        'Zu Allgemein, Info, Zertifikatsvertrauenseinstellungen gehen und das Zertifikat einschalten.',
        'Diese Seite wieder öffnen.',
      ],
      Windows: [
        'Das Zertifikat laden und die Datei öffnen.',
        'Zertifikat installieren wählen, Aktueller Benutzer, „Alle Zertifikate in folgendem Speicher speichern“, und dort Vertrauenswürdige Stammzertifizierungsstellen.',
        'Den Browser ganz schließen und diese Seite wieder öffnen.',
      ],
      macOS: [
        'Das Zertifikat laden und die Datei öffnen: Die Schlüsselbundverwaltung nimmt es in den Schlüsselbund Anmeldung auf.',
        'Es dort doppelklicken, Vertrauen öffnen und Immer vertrauen wählen.',
        'Den Browser ganz schließen und diese Seite wieder öffnen.',
      ],
      'Chrome on Linux': [
        'Das Zertifikat laden.',
        'chrome://certificate-manager öffnen und unter Lokale Zertifikate, Von Ihnen installiert, die Datei als vertrauenswürdig importieren.',
        'Oder in einem Terminal: certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n fieldcoach -i authority.crt',
        'Den Browser ganz schließen und diese Seite wieder öffnen.',
      ],
      Firefox: [
        'Das Zertifikat laden. Fragt Firefox sofort nach: „Dieser CA vertrauen, um Websites zu identifizieren“ ankreuzen, und es ist geschafft.',
        'Sonst die Einstellungen öffnen, nach „Zertifikate“ suchen und Zertifikate anzeigen, Zertifizierungsstellen, Importieren wählen.',
        'Die Datei nehmen, „Dieser CA vertrauen, um Websites zu identifizieren“ ankreuzen und diese Seite wieder öffnen.',
      ],
    },
  },

  // ---- labelling: what the first frame can do without ----
  labelRest: {
    goal: 'Welche Bilder',
    goals: {
      unlabelled: (n: number | null) => `Markieren${n === null ? '' : ` ${n}`}`,
      labelled: (n: number | null) => `Prüfen${n === null ? '' : ` ${n}`}`,
      reviewed: (n: number | null) => `Abschließen${n === null ? '' : ` ${n}`}`,
    },
    goalHelp: {
      unlabelled: '',
      labelled: 'Die Markierungen bestätigen oder erst verbessern.',
      reviewed: 'Noch einmal hinsehen: Was hier bestätigt wird, ist abgeschlossen.',
    },
    goalDone: (done: number, all: number) => `${done} von ${plural(all, 'Bild', 'Bildern')} fertig`,
    why: (reason: string) => `Warum dieses: ${reason}`,
    kept: {
      unsure: (what, at) => `Behalten, weil das Modell unsicher war: ${what} mit ${at} %`,
      flicker: (what) => `Behalten, weil das Modell ${what} einmal sah und im nächsten Augenblick nicht`,
      unlike: () => 'Behalten, weil es keinem markierten Bild gleicht',
      appeared: (what) => `Behalten, weil ${what} auftauchte`,
      around: () => 'Behalten in einem Clip: kurz vor oder nach so einem Augenblick',
    },
    ofClip: (seconds) => `Bild eines Clips, bei ${seconds} s.`,
    filled: (n) =>
      `${plural(n, 'Markierung wurde', 'Markierungen wurden')} hierher mitgeführt (gepunktet), nicht gezeichnet.`,
    help: 'Ziehen zeichnet · Tippen wählt · zwei Finger oder Doppeltipp zoomen, zwei Finger verschieben · Umrisse: Ecke für Ecke antippen, am Ende wieder die erste',
    helpLook: 'Rahmen antippen zeigt, was es ist · Ziehen verschiebt · zwei Finger oder Doppeltipp zoomen',
    helpKeys:
      ' · Tasten: b neuer Rahmen, n und p nächster und voriger Rahmen oder Vorschlag, a nimmt einen Vorschlag an, x lehnt ihn ab, A nimmt alle, Pfeile verschieben, Alt + Pfeile ändern die Größe, + − 0 zoomen, 1 bis 9 Kategorie des nächsten Rahmens, c Kategorie des gewählten, Strg + Enter speichert',
    proposalsOf: (shown: number, all: number) =>
      `${shown < all ? `${shown} von ${all} Vorschlägen` : plural(all, 'Vorschlag', 'Vorschläge')}: Antippen nimmt an`,
    noProposals: 'Keine Vorschläge mehr',
    sure: 'Vorschläge zeigen, die mindestens so sicher sind',
    sureFrom: (score: number) => `ab ${Math.round(score * 100)} Prozent`,
    refuseAll: 'Keinen',
    madeBy: (names: string) => `Markiert von ${names}`,
    reviewedBy: (name: string) => `geprüft von ${name}`,
    ownLabels: 'das sind die eigenen: besser bestätigt sie jemand anders',
    notFound: 'Keine Kategorie heißt so.',
    newCategoryName: 'Neue Kategorie',
    firstCategory: 'Objekt',
    whatToLookFor: 'Wonach gesucht wird',
    colour: 'Farbe',
    markedBy: 'Markiert durch',
    kinds: { box: 'je einen Rahmen', polygon: 'je einen Umriss', tag: 'das ganze Bild' },
    polygonsTrain: 'Umrisse bleiben wie gezeichnet; Trainings lernen den Rahmen darum.',
    add: 'Anlegen',
    disputed: (n: number) =>
      `Jemand anders hat ${plural(n, 'Objekt', 'Objekte')} anders markiert. Zu sehen sind die fremden Markierungen; die eigenen sind aufgehoben.`,
    mine: 'Meine zurück',
    theirs: 'Diese behalten',
    onThisPhone: 'Nur auf diesem Handy',
    states: {
      notSaved: 'nicht gespeichert',
      notSent: 'nicht gesendet',
      refused: 'nicht angenommen',
      disputed: 'zu klären',
    },
    keptFrame: (labels: number, state: string) => `${plural(labels, 'Markierung', 'Markierungen')}, ${state}: öffnen`,
    labelledSoFar: 'Bisher markiert',
    correct: (name: string) => `${name} ändern`,
    show: (name: string) => `${name} zeigen`,
    asExample: 'Als Beispiel',
    exampleOf: (name: string) => `Ein Beispiel für ${name}`,
  },

  // ---- all frames ----
  library: {
    title: 'Bilder',
    backHere: 'Zurück zu den Bildern',
    clips: 'Clips',
    categories: 'Kategorien',
    select: 'Auswählen',
    phase: 'Wie weit ihre Markierungen sind',
    phases: {
      all: 'Alle',
      unlabelled: 'Unmarkiert',
      labelled: 'Markiert',
      reviewed: 'Geprüft',
      final: 'Fertig',
    },
    filters: (n: number) => (n ? `Filter (${n})` : 'Filter'),
    category: 'Kategorie',
    side: 'Rolle im Training',
    sides: { training: 'zum Lernen', validation: 'zum Testen' },
    source: 'Herkunft',
    sources: {
      camera: 'Kamera',
      scene: 'Demoszene',
      folder: 'Ordner',
      import: 'Datensatz',
      upload: 'hochgeladen',
    },
    kept: { unsure: 'unsicher', flicker: 'flackert', unlike: 'ungewohnt', appeared: 'aufgetaucht', around: 'Clip' },
    any: 'alle',
    order: 'Reihenfolge',
    newest: 'neueste zuerst',
    unsure: 'für das Modell unklarste zuerst',
    since: 'Von',
    until: 'Bis',
    clear: 'Filter löschen',
    none: 'So ein Bild gibt es nicht.',
    empty: 'Noch keine Bilder. Die Kamera bringt sie, oder ein Import.',
    loading: 'Lädt …',
    chosen: (n: number) => (n ? `${plural(n, 'Bild', 'Bilder')} gewählt` : 'Gewünschte Bilder antippen'),
    all: 'Alle hier',
    export: 'Export',
    tooMany: (most: number) =>
      `Auf einmal lassen sich ${most} Bilder exportieren. Alle exportiert der Bereich „Gerät“.`,
    actions: {
      delete: 'Löschen',
      unlabel: 'Markierungen weg',
      labelled: 'Zu prüfen',
      reviewed: 'Geprüft',
      final: 'Fertig',
    },
    done: {
      delete: (n: number) => `${plural(n, 'Bild', 'Bilder')} gelöscht`,
      unlabel: (n: number) => `Markierungen von ${plural(n, 'Bild', 'Bildern')} entfernt`,
      labelled: (n: number) => `${plural(n, 'Bild', 'Bilder')} zu prüfen`,
      reviewed: (n: number) => `${plural(n, 'Bild', 'Bilder')} geprüft`,
      final: (n: number) => `${plural(n, 'Bild', 'Bilder')} fertig`,
    },
    alike: (n: number) => `${n === 1 ? 'Das war' : 'Alle waren'} schon so: Es wurde nichts geändert.`,
    failed: (n: number, why: string) =>
      `${plural(n, 'Bild blieb, wie es war', 'Bilder blieben, wie sie waren')}. Das erste: ${why}`,
  },

  // ---- categories ----
  categories: {
    title: 'Kategorien',
    back: 'Zurück zu den Bildern',
    add: '+ Neu',
    addThis: 'Anlegen',
    none: 'Noch keine. Eine Kategorie ist eine Art von Ding, nach dem gesucht wird.',
    kinds: { box: 'je ein Rahmen', polygon: 'je ein Umriss', tag: 'das ganze Bild' },
    polygons: 'Umrisse bleiben wie gezeichnet; Trainings lernen den Rahmen darum.',
    name: 'Name',
    marked: 'Art der Markierung',
    colour: 'Farbe',
    instructions: 'Anleitung',
    instructionsHint: 'Was dazugehört und was nicht',
    changedElsewhere:
      'Jemand anders hat diese Kategorie inzwischen geändert. Was hier unverändert ist, bleibt, wie es dort ist.',
    goneElsewhere: 'Jemand anders hat diese Kategorie umbenannt oder entfernt. Das Getippte ist noch da.',
    noExamples: 'Keine Beispielbilder. Beim Markieren einen Rahmen antippen, dann „Als Beispiel“.',
    dropExample: 'Entfernen',
    place: (place: number, all: number) => `Platz ${place} von ${all}`,
    edit: 'Ändern',
    editNamed: (name: string) => `${name} ändern`,
    up: (name: string) => `${name} nach oben`,
    down: (name: string) => `${name} nach unten`,
    save: 'Speichern',
    away: 'Vereinen oder entfernen',
    use: (labels: number, frames: number) =>
      labels
        ? `In Gebrauch: ${plural(labels, 'Markierung', 'Markierungen')} auf ${plural(frames, 'Bild', 'Bildern')}.`
        : 'Keine Markierung gebraucht sie.',
    mergeInto: 'Sie ist dasselbe wie',
    choose: 'bitte wählen',
    merge: 'Vereinen',
    merged: (labels: number, into: string) =>
      `${plural(labels, 'Markierung heißt', 'Markierungen heißen')} jetzt ${into}`,
    sure: (name: string, labels: number) =>
      labels ? `${name} mit ${plural(labels, 'Markierung', 'Markierungen')} entfernen?` : `${name} entfernen?`,
    keep: 'Behalten',
    remove: 'Entfernen',
    removeNamed: (name: string) => `${name} entfernen`,
    removed: (name: string, labels: number) =>
      labels ? `${name} mit ${plural(labels, 'Markierung', 'Markierungen')} entfernt` : `${name} entfernt`,
  },

  // ---- the camera ----
  camera: {
    title: 'Kamera',
    liveAlt: 'Kamera live, mit eingezeichnet, was das Modell sieht',
    waiting: 'Das Bild der Kamera kommt gleich …',
    noPicture: 'Noch kein Bild von der Kamera. Neuer Versuch …',
    states: { starting: 'startet', streaming: 'läuft', lost: 'getrennt', full: 'voll' },
    fps: (rate: string) => `${rate.replace('.', ',')} Bilder/s`,
    capture: 'Bild aufnehmen',
    kept: 'Aufgenommen.',
    labelNow: 'Jetzt markieren',
    inView: 'Im Bild',
    surest: (score: string) => `Sicherheit bis ${score}`,
    nothingSeen: 'Nichts, was das Modell kennt.',
    noneLooks: 'Noch sieht kein Modell hin.',
    noneSeen: 'Ohne Bild ist nichts zu sehen.',
    notYet: 'Das Modell hat noch nicht hingesehen.',
    looksNoMore: (time: string) => `Das Modell hat zuletzt hingesehen: ${time}.`,
    none: {
      away: 'Kein Bild',
      starting: 'Die Kamera startet …',
      noCamera: 'Noch keine Kamera',
      lost: 'Die Kamera ist weg',
      lostSince: (time: string) => `Die Kamera ist weg seit ${time}`,
      hint: (error: string) =>
        `${error ? `Die Meldung: ${error}. ` : ''}Ist sie angeschlossen, und benutzt sie kein anderes Programm? Es wird immer wieder versucht.`,
    },
    object: (category: string, score: string) => `${category}, Sicherheit ${score}`,
    sure: (score: string) => `Sicherheit ${score}`,
    tapWrong: 'Einen falschen Rahmen antippen: Das Bild wird behalten und lässt sich berichtigen.',
    tapLook: 'Einen Rahmen antippen hält das Bild an.',
    hold: 'Anhalten',
    held: (time: string) => `Angehalten · ${time}`,
    backToLive: 'Zurück zum Livebild',
    keepFrame: 'Dieses Bild behalten',
    verdicts: { wrong: 'Falsch', right: 'Richtig' },
    marks: { wrong: (name: string) => `✕ ${name}`, right: (name: string) => `✓ ${name}` },
    saidDone: {
      wrong: (name: string) => `${name} ist hier falsch: Bild behalten`,
      right: (name: string) => `${name} ist hier richtig: Bild behalten`,
    },
    keptDone: 'Bild mit seinen Rahmen behalten',
    keptDraft: 'Als Entwurf behalten, mit seinen Rahmen.',
    leftOut: (why: string[]) => `Weggelassen: ${why.join('; ')}.`,
    counts: {
      title: 'Was zählt',
      from: (score: string | null) => (score === null ? 'so sicher, wie das Modell vorgibt' : `Sicherheit ab ${score}`),
      size: (percent: string | null) => (percent === null ? 'jede Größe' : `ab ${percent} % der Breite`),
      score: 'So sicher muss das Modell sein',
      own: (score: string) => `Von sich aus gibt das Modell ${score} vor.`,
      takeOwn: (score: string) => `Zurück zur Vorgabe des Modells: ${score}`,
      smallest: 'Das Kleinste, was zählt, als Anteil an der Breite des Bildes',
      share: (percent: string | null) => (percent === null ? 'jede Größe' : `${percent} %`),
      changed: (name: string) => `Gilt ab jetzt für ${name}`,
      changedSince: 'Jemand hat inzwischen geändert, was zählt: Es bleibt, wie es jetzt ist.',
    },
    zones: {
      title: 'Ein Bereich des Bildes',
      none: 'Keine Bereiche: Das ganze Bild zählt.',
      add: '+ Bereich',
      edit: 'Ändern',
      editNamed: (name: string) => `Bereich ${name} ändern`,
      kinds: { watch: 'beachten', ignore: 'ignorieren' },
      does: {
        watch: 'Gibt es Bereiche zum Beachten, zählt außerhalb von ihnen nichts.',
        ignore: 'Was mit seiner Mitte darin liegt, zählt nicht.',
      },
      all: 'alle Kategorien',
      camera: (name: string) => `Kamera ${name}`,
      tapCorners: 'Die Ecken nacheinander auf dem Bild antippen.',
      tapFirst: 'Weitere Ecken antippen, oder zum Schließen noch einmal die erste.',
      dragCorners: 'Eine Ecke ziehen oder mit den Pfeiltasten verschieben.',
      corner: (n: number, x: number, y: number) => `Ecke ${n}, ${x} % von links, ${y} % von oben`,
      axes: [(n: number) => `Ecke ${n}, Prozent von links`, (n: number) => `Ecke ${n}, Prozent von oben`],
      addCorner: '+ Ecke',
      close: 'Schließen',
      rectangle: 'Ein Rechteck',
      dropLast: 'Letzte Ecke weg',
      dropCorner: 'Diese Ecke weg',
      name: 'Name',
      kind: 'Was er bewirkt',
      forAll: 'Für alle Kategorien, oder nur für',
      only: 'Nur für',
      numbers: 'Ecken als Zahlen',
      save: 'Speichern',
      remove: 'Entfernen',
      saved: (name: string) => `Bereich ${name} gilt ab jetzt`,
      removed: (name: string) => `Bereich ${name} entfernt`,
    },
    timeline: {
      title: 'Was kam und ging',
      category: 'Kategorie',
      all: 'alle',
      none: 'Noch nichts.',
      noneOf: (name: string) => `${name}: noch nichts.`,
      fromTo: (from: string, to: string) => `${from} – ${to}`,
      since: (from: string) => `seit ${from}`,
      there: 'jetzt da',
      best: (score: string) => `Sicherheit bis ${score}`,
    },
    proposed: (n: number) =>
      n
        ? `Das Modell sieht darauf ${plural(n, 'Objekt', 'Objekte')}.`
        : 'Das Modell sieht darauf nichts, was es kennt.',
    watchingWith: 'Modell im Einsatz',
    noModel:
      'Noch kein Modell. Einige Bilder markieren, dann „Trainieren“ drücken; das beste Modell kommt von selbst zum Einsatz.',
    keptModel: 'Ein Modell wurde behalten, aber nicht aktiviert.',
    ownModel: 'nur für diese Kamera',
    trained: (time: string) => `trainiert: ${time}`,
    milliseconds: (ms: number) => `${ms} ms je Bild`,
    storage: 'Speicher',
    spaceUsed: 'Von Bildern belegter Platz',
    full: 'Voll: Aufnahme pausiert',
    labelled: (n: number) => `${n} markiert`,
    ofRoom: (used: string, room: string) => `${used} von ${room}`,
  },

  // ---- training ----
  train: {
    modelGone: 'Modell gelöscht',
    trainingGone: 'Training gelöscht',
    title: 'Training',
    labelledFrames: (n: number) => (n === 1 ? 'markiertes Bild' : 'markierte Bilder'),
    noCategory: 'Erst eine Kategorie anlegen und einige Bilder markieren.',
    more: (n: number, good: number) =>
      `Noch etwa ${n} markieren für ein erstes Ergebnis; mit insgesamt ${good} wird es gut.`,
    enough: (good: number) => `Genug für ein erstes Ergebnis; mit insgesamt ${good} wird es gut.`,
    plenty: 'Genug zum Trainieren. Mehr Abwechslung hilft immer.',
    start: 'Trainieren',
    startAfter: 'Danach noch einmal trainieren',

    // before
    sheet: 'Was es lernen wird',
    loading: 'Sieht die markierten Bilder durch …',
    noPlan: (why: string) => `Es ließ sich nicht sagen, woraus es lernen wird: ${why}`,
    split: (learn: number, test: number) =>
      `Es lernt von ${plural(learn, 'Bild', 'Bildern')} und wird an ${plural(test, 'anderem', 'anderen')} getestet.`,
    emptyFrames: (n: number) => `Auf ${plural(n, 'Bild', 'Bildern')} ist nichts.`,
    which: 'Kategorien zum Lernen',
    objects: (objects: number, frames: number) => `${objects} auf ${plural(frames, 'Bild', 'Bildern')}`,
    noneChosen: 'Mindestens eine Kategorie wählen.',
    howLong: 'Wie lange',
    longer: 'Länger kann helfen.',
    lasts: (minutes: number) =>
      minutes >= 60 && minutes % 60 === 0
        ? plural(minutes / 60, 'Stunde', 'Stunden')
        : plural(minutes, 'Minute', 'Minuten'),
    startFrom: 'Beginnt',
    from: { base: 'von vorn', live: 'beim aktiven Modell' },
    fromText: {
      base: 'Vom aktiven Modell bleibt nichts: der sicherste Weg zu etwas Besserem.',
      live: 'Baut auf dem auf, was das aktive Modell kann: schneller, wenn wenig neu ist.',
    },
    notNow: 'Später',

    // while it runs
    states: {
      queued: 'wartet',
      preparing: 'wird vorbereitet',
      training: 'lernt',
      evaluating: 'wird getestet',
      done: 'fertig',
      failed: 'gescheitert',
      cancelled: 'abgebrochen',
    },
    doing: {
      queued: 'Wartet, bis es an der Reihe ist',
      queued_again: 'Wartet nach einem Neustart wieder, bis es an der Reihe ist',
      splitting: 'Wählt die Bilder zum Lernen und die zum Testen',
      looking: 'Sieht jedes Bild zum ersten Mal an',
      timing: 'Findet heraus, wie dieses Gerät am schnellsten lernt',
      writing_model: 'Testet das Modell an Bildern, von denen es nicht gelernt hat',
      done: 'Fertig',
      failed: 'Gescheitert',
      cancelled: 'Abgebrochen',
      cancelled_unbegun: 'Abgebrochen, bevor es begann',
    },
    practises: (n: number) => (n === 1 ? 'Der letzte Versuch übt' : `${n} Versuche üben`),
    cooling: (degrees: string, limit: string) => `Zu heiß, ${degrees} °C: wartet, bis es weniger als ${limit} °C sind`,
    progress: 'Fortschritt des Trainings',
    percent: (n: string) => `${n} %`,
    left: (time: string) => `noch ${time}`,
    nearly: 'gleich fertig',
    round: (n: number, all: number) => `Runde ${n} von ${all}`,
    stillIn: (alive: number, all: number) => `${alive} von ${plural(all, 'Versuch', 'Versuchen')} noch dabei`,
    skipped: (n: number) => `${plural(n, 'beschädigtes Bild', 'beschädigte Bilder')} ausgelassen`,
    chart: (alive: number, all: number, best: string) =>
      `Versuche als Linien, höher ist besser: ${alive} von ${all} noch dabei, der beste ${best}`,
    chartBetter: 'findet mehr',
    chartRounds: (n: number) => `Runde ${n}`,
    byGood: 'Versuche, die besten zuerst',
    fell: (round: number) => `nach Runde ${round} aufgegeben`,
    bestFew: (n: number) => `Beste ${n}`,
    all: (n: number) => `Alle ${n}`,
    flipBook: 'Daumenkino',
    whatIs: 'Was ist das?',
    terms: [
      [
        'Versuch',
        'Dieselben Bilder, auf andere Weise gelernt. Die schwächeren werden unterwegs aufgegeben, der beste wird das Modell.',
      ],
      [
        'Runde',
        'Jedes Bild zum Lernen wurde noch einmal gezeigt (Epoche), oder, wenn Minuten vorgegeben sind, ein Teil der Zeit ist vorbei.',
      ],
      [
        'Linien',
        'Wie viel jeder Versuch findet, und wie richtig, auf Bildern, von denen er nicht lernt (AP50, 0 bis 1). Gestrichelt: Niemand sah zu.',
      ],
      ['Daumenkino', 'Jedes Bild, wie das Modell es nach jeder Runde sah.'],
    ],
    figures: (ap50: string, device: string, base: string) =>
      `Bester AP50 ${ap50} · auf ${device} · Ausgangsmodell ${base}`,
    queue: 'Wartet dahinter',
    asked: (time: string) => `angefordert: ${time}`,
    byItself: 'von selbst',
    cancelNamed: (time: string) => `Training abbrechen, angefordert: ${time}`,
    saidProgress: (what: string, n: number, best: string) => `${what}, ${n} Prozent, der beste ${best}`,
    saidEnd: (state: string, text: string) => `Training ${state}. ${text}`,

    // after
    tells: {
      finds: (some: number, all: number) => `findet ${some} von ${all}`,
      findsAll: (all: number) => (all === 1 ? 'findet 1 von 1' : `findet alle ${all}`),
      nothingToFind: 'nichts zu finden',
      findsEverything: 'findet alles',
      findsNothing: 'findet nichts',
      noneWrong: 'kein Rahmen ist falsch',
      noBox: 'zeichnet keinen Rahmen',
      allWrong: 'alle Rahmen sind falsch',
      oneIn: (n: number) => `1 von ${n} Rahmen ist falsch`,
      wrongOf: (some: number, all: number) => `${some} von ${all} Rahmen ${some === 1 ? 'ist' : 'sind'} falsch`,
    },
    tested: (n: number) => `Auf ${plural(n, 'Bild, von dem', 'Bildern, von denen')} es nicht gelernt hat.`,
    outcome: {
      first: 'Das erste Modell ist aktiv',
      better: 'Besser als vorher: Es ist aktiv',
      before_unjudged: 'Es ist aktiv; das Modell davor ließ sich nicht testen',
      not_better: 'Nicht besser als das aktive Modell: behalten, nicht aktiv',
      below_floor: 'Noch nicht gut genug: behalten, nicht aktiv',
      finds_nothing: 'Es findet noch nichts: behalten, nicht aktiv',
    },
    failedTitle: 'Das Training ist gescheitert',
    perCategory: 'Je Kategorie',
    now: 'jetzt',
    before: 'vorher',
    category: 'Kategorie',
    everything: 'alle',
    wrongBoxes: (n: number) => (n === 0 ? 'keiner falsch' : `${n} falsch`),
    ofCount: (some: number, all: number) => `${some} von ${all}`,
    toLabel: 'Mehr markieren',
    toCamera: 'Live ansehen',
    allTheSame: 'Trotzdem einsetzen',

    // what there is
    trainings: 'Trainings',
    noTraining: 'Noch keines.',
    size: (training: number, validation: number, rounds: number) =>
      `${training} + ${validation} Bilder · ${plural(rounds, 'Runde', 'Runden')}`,
    models: 'Modelle',
    noModel: 'Ein Training macht das erste.',
    megabytes: (n: string) => `${n.replace('.', ',')} MB`,
    download: 'Dieses Modell als ONNX laden',
    live: 'aktiv',
    forAll: 'für alle',
    deploy: 'Einsetzen',
    rollback: 'Zurück zum Modell davor',
    removeNamed: (time: string) => `Löschen, entstanden: ${time}`,

    // by itself
    auto: 'Von selbst trainieren',
    autoText:
      'Sobald seit dem letzten Training so viele Bilder markiert wurden und fünf Minuten lang niemand markiert hat.',
    autoFrames: 'Neu markierte Bilder',
  },

  // ---- how the device is ----
  status: {
    camera: 'Kamera',
    cameraStates: {
      starting: 'startet',
      streaming: 'liefert Bilder',
      lost: 'nicht da; es wird immer wieder versucht',
      full: 'Bilder werden nicht behalten: Der Speicher ist voll',
    },
    seen: (width: number, height: number, fps: number) =>
      `${width} × ${height}, ${decimal(fps, fps < 10 ? 1 : 0)} je Sekunde`,
    model: 'Hält Ausschau nach',
    noModel: 'noch nichts: Kein Modell ist aktiv',
    pace: (fps: number, ms: number) => `sieht ${decimal(fps, 1)}-mal je Sekunde hin, jeweils ${Math.round(ms)} ms`,
    training: 'Training',
    none: 'keines',
    left: (time: string) => `noch ${time}`,
    broker: 'Flotte (MQTT)',
    brokerStates: {
      off: 'kein Broker eingestellt',
      connected: 'verbunden',
      connecting: 'verbindet sich',
      failed: 'der Broker lehnt ab',
    },
    since: (time: string) => `seit ${time}`,
    waiting: (n: number, size: string) => `${plural(n, 'Nachricht', 'Nachrichten')} (${size}) zu senden`,
    dropped: (n: number) => `${plural(n, 'Nachricht', 'Nachrichten')} aus Platzmangel verloren`,
    temperature: 'Temperatur',
    celsius: (degrees: number) => `${Math.round(degrees)} °C`,
    memory: 'Arbeitsspeicher',
    memoryUse: (share: number, own: string) => `${Math.round(share * 100)} % belegt, davon ${own} durch Fieldcoach`,
    load: 'Auslastung über 1, 5 und 15 Minuten',
    computes: 'Rechnet mit',
    version: 'Version',
    up: (time: string, boot: number) => `läuft seit ${time}, Start Nummer ${boot}`,
    part: (name: string) => `Teil „${name}“`,
    partStates: {
      running: 'läuft',
      restarting: 'ausgefallen, wird neu gestartet',
      stuck: 'gibt kein Lebenszeichen',
      off: 'ist aus',
      failed: 'ist ausgefallen',
    },
  },
  disk: {
    title: 'Speicher',
    used: 'Belegter Platz im Speicher',
    free: (free: string, total: string, reserve: string) =>
      `${free} von ${total} frei; ${reserve} bleiben für Markierungen frei`,
    full: 'Voll: Bilder werden nicht behalten, Markierungen schon.',
    frames: (all: number, labelled: number, budget: string) =>
      `${plural(all, 'Bild', 'Bilder')}, ${labelled} mit Markierungen. Bilder dürfen ${budget} belegen; dann gehen die ältesten ohne Markierungen.`,
    parts: {
      'labelled frames': 'Bilder mit Markierungen',
      'unlabelled frames': 'Bilder ohne Markierungen',
      labels: 'Markierungen',
      trainings: 'Trainings und Daumenkinos',
      models: 'Modelle',
      bases: 'Ausgangsmodelle',
      index: 'Verzeichnis',
      other: 'Sonstiges',
    },
  },
  log: {
    title: 'Was geschehen ist',
    which: 'Welche Ereignisse',
    all: 'alles',
    none: 'Noch nichts.',
    kinds: {
      object_appeared: 'aufgetaucht',
      object_left: 'verschwunden',
      camera_lost: 'Kamera weg',
      camera_back: 'Kamera wieder da',
      disk_low: 'Speicher',
      disk_failed: 'Speicher defekt',
      disk_back: 'Speicher wieder da',
      part_failed: 'Teil defekt',
      part_stuck: 'Teil hängt',
      part_back: 'Teil wieder da',
      trainings_removed: 'Trainings entfernt',
      messages_dropped: 'Nachrichten verworfen',
      model_deployed: 'Modell aktiv',
      model_rolled_back: 'Modell davor',
      pairing_locked: 'falsche Codes',
      audit: 'Personen',
      settings_changed: 'Einstellungen',
      clock_unsure: 'Uhr falsch',
      clock_sure: 'Uhr richtig',
      events_missed: 'verpasst',
    },
  },
  gone: {
    title: 'Kürzlich entfernt',
    until: (time: string) => `Zurückholen möglich bis ${time}`,
    back: 'Zurückholen',
  },
  settings: {
    title: 'Einstellungen',
    cameras: 'Wie mehrere Kameras eingestellt sind, steht in der Konfigurationsdatei.',
    keys: {
      'camera.source': 'Kamera',
      'camera.width': 'Breite des Bildes, Pixel (0: seine eigene)',
      'camera.height': 'Höhe des Bildes, Pixel (0: seine eigene)',
      'camera.fps': 'Bilder je Sekunde',
      'camera.keep_every': 'Alle … Sekunden ein Bild behalten',
      'camera.keep_difference': 'Ein Bild behalten, das sich so stark unterscheidet (Graustufen)',
      'camera.keep_more_per_hour': 'So viele mehr je Stunde, wo das Modell unsicher oder alles neu ist (0: keine)',
      'camera.burst': 'Sekunden darum und um Auftauchendes, als Clip behalten (0: keine)',
      'live.fps': 'So oft sieht das Modell je Sekunde hin',
      'live.publish_hz': 'Meldungen über Funde je Sekunde, höchstens',
      'live.floor': 'So gut muss ein erstes Modell sein, um aktiv zu werden (0 bis 1)',
      'train.device': 'Trainiert auf',
      'train.experiments': 'Versuche eines Trainings',
      'train.epochs': 'Runden eines Trainings, höchstens',
      'train.base': 'Ausgangsmodell',
      'train.seed': 'Startwert des Zufalls',
      'train.threads': 'Rechenkerne für das Training (0: alle)',
      'train.pause_at': 'Training pausiert über … °C (0: nie)',
      'train.auto': 'Von selbst trainieren nach so vielen neu markierten Bildern (0: nie)',
      'mqtt.broker': 'Broker',
      'mqtt.username': 'Name beim Broker',
    },
    unset: 'nicht gesetzt',
    changed: 'aus der Ferne geändert',
    notYet: 'gilt nach einem Neustart',
    afterRestart: (n: number) =>
      `${plural(n, 'Einstellung gilt', 'Einstellungen gelten')} erst nach einem Neustart des Geräts.`,
    change: 'Ändern',
    changeNamed: (name: string) => `Ändern: ${name}`,
    reset: 'Standard',
    resetNamed: (name: string) => `Standard wiederherstellen: ${name}`,
    save: 'Speichern',
  },
  exchange: {
    title: 'Datensätze',
    out: 'Alle markierten Bilder mit ihren Markierungen, als ZIP:',
    in: 'Fotos hereinholen, oder ein ZIP aus Bildern und Markierungen (COCO, YOLO, VOC, CVAT …):',
    choose: 'Dateien wählen',
    films: 'Filme',
    sending: 'Datensatz wird gesendet',
    sent: (share: number) => `${Math.floor(100 * share)} % gesendet`,
    reading: 'Gesendet. Das Gerät liest …',
    brokenOff: 'Der Import brach ab. Was angekommen ist, ist da; für den Rest noch einmal senden.',
    nothingNew: 'Nichts kam dazu: Es war schon da oder wurde ausgelassen.',
    stopped: 'Der Import wurde abgebrochen. Was angekommen war, ist da.',
    again: 'Dasselbe noch einmal so hereinholen',
    manner: {
      title: 'Wie es übernommen wird',
      unmentioned: 'Bilder, von denen nichts gesagt ist,',
      unmentioned_are: { unlabelled: 'sind noch nicht markiert', empty: 'haben nichts darauf' },
      format: 'Ordner von Bildern',
      format_are: { '': 'sagen nichts', folders: 'sind Klassen' },
      boxes: 'Rahmen gedrehter Fotos zählen',
      boxes_are: { auto: 'wie der Datensatz sagt', upright: 'das aufrechte Bild', stored: 'das gespeicherte Bild' },
      sides: 'Was zum Lernen und was zum Prüfen ist, wie dort getrennt lassen',
      strict: 'Alles oder nichts',
    },
    already: (n: number) => `${plural(n, 'Bild war', 'Bilder waren')} schon da.`,
    empty: (n: number) => `Auf ${plural(n, 'Bild', 'Bildern')} ist nichts, wie der Datensatz sagt.`,
    taken: (frames: number, labels: number, categories: number) =>
      `Übernommen: ${plural(frames, 'Bild', 'Bilder')}, ${plural(labels, 'Markierung', 'Markierungen')}, ${plural(categories, 'Kategorie', 'Kategorien')}.`,
    unlabelled: (n: number) => `${plural(n, 'Bild', 'Bilder')} ohne Markierung: als Nächstes markieren.`,
    kinds: {
      answers: 'Antworten, die weder Markierungen noch Auswahlen für das ganze Bild sind: nicht behalten',
      attribute: 'Angabe `{}`, für die hier kein Platz ist',
      box_in_shares: 'Rahmen kleiner als ein Pixel, wohl Anteile des Bildes: Diese Form zählt Pixel',
      boxed_tag:
        'Rahmen und Umrisse in Kategorien, die das ganze Bild betreffen: Was in einem Rahmen liegt, braucht eine eigene Kategorie',
      boxed_outline:
        'Rahmen und runde Formen in Kategorien mit Umrissen: Jeder wurde zum Umriss aus den vier Ecken seines Rahmens',
      many_corners: 'Umrisse mit über 1000 Ecken: Genommen wurden die vier Ecken des Rahmens um jeden',
      several_parts:
        'Kategorien mit Umrissen, in denen Objekte mehrere Teile haben: Von jedem blieb der größte Teil, mit dem Rahmen darum',
      box_and_outline: 'Objekte, deren Rahmen anders liegt als ihr Umriss: Genommen wurde der Umriss, bitte durchsehen',
      mask_beside: 'Masken neben Rahmen, die nicht gelesen werden: Genommen wurden die Rahmen',
      listed_twice:
        'Bilder, die eine Datei unter mehreren Nummern nennt: Jedes hat, was zu allen gesagt ist, bitte durchsehen',
      odd_ending: 'Bilder, die nicht so heißen: bitte die gewünschten umbenennen, als `.jpg` oder `.png`',
      other_list: 'Listen, die nichts von Seiten sagen (einer Kategorie oder eines anderen Teils): nicht gelesen',
      object_number_before:
        'Zeilen mit der Nummer eines Objekts vor dem Rahmen, wie JDE und FairMOT sie schreiben: Die Nummer wird nicht gelesen',
      category: 'Kategorien, die nicht übernommen werden können, mit allen ihren Markierungen: bitte umbenennen',
      category_above: 'Kategorien von Kategorien, ohne Markierungen: weggelassen',
      track_twice: 'Markierungen einer Spur, von der im selben Bild schon eine da ist: ohne Spur übernommen',
      category_case:
        'Kategorien, die es hier in anderer Groß- oder Kleinschreibung gibt: Ihre Markierungen kamen dorthin',
      category_renamed: 'Namen von Kategorien, die etwas anders geschrieben wurden',
      choice_or_text:
        'Antworten, die Auswahl oder Text sein können, was JSON_MIN gleich schreibt: bitte als JSON ausgeben',
      both_sides: 'Bilder, die Listen auf beide Seiten legen: das Gerät teilt sie selbst auf',
      class: 'Zeilen mit einer Klasse, die keinen Namen hat',
      counts_from_one: 'Dateien von Pascal VOC selbst, die Pixel ab 1 zählen: Ihre Rahmen wurden so genommen',
      crowd: 'Markierungen einer Menge, die nicht ein Gegenstand ist',
      cut: 'Rahmen über den Bildrand hinaus, dort abgeschnitten: Sind es viele, so sind es vielleicht Ecken statt Breite und Höhe',
      deleted: 'Als gelöscht gekennzeichnete Objekte',
      difficult: 'Als schwierig gekennzeichnete Objekte: wie die anderen genommen',
      encoding:
        'Textdateien, die nicht UTF-8 sind, als Windows-1252 gelesen, wo das Worte ergibt: bitte die Namen prüfen',
      film: 'Filme: bitte jeden für sich bringen, als Clip (`import video` oder die Seite)',
      flags: 'Gesetzte Kennzeichen von Bildern: als Merkmale genommen',
      foreign_picture:
        'Bilder einer Art, die nicht gelesen wird (HEIC, AVIF, GIF, Rohdaten): bitte als JPEG oder PNG schicken',
      grouped: 'Formen, die zusammengehören (`group_id`): jede als eigenes Objekt genommen',
      incomplete:
        'Bilder, von denen nur ein Teil der Markierungen genommen wurde: bitte durchsehen, was fehlt, lehrt, dass dort nichts ist',
      kept: 'Bilder, die hier andere Markierungen haben; diese blieben. Wer die neuen will, löscht sie vorher',
      key_points:
        'Schlüsselpunkte, die nicht gelesen werden; bei YOLO sagt `kpt_shape: [17, 3]` in data.yaml, wie viele es sind',
      letters:
        'Kategorien mit unlesbaren Buchstaben, weil die Datei nicht UTF-8 ist, und alle ihre Markierungen: als UTF-8 speichern',
      line: 'Zeilen, die nicht aus einer ganzen Zahl (der Klasse) und Zahlen mit Dezimalpunkt bestehen, mit Leerzeichen dazwischen',
      long_name: 'Bilder, deren Name über 500 Bytes lang ist oder Zeichen enthält, die keine sind: bitte umbenennen',
      mask: 'Masken, die nicht gelesen werden: in Umrisse oder Rahmen umwandeln',
      missing_picture: 'Markierungen, deren Bild fehlt oder nicht eindeutig ist: unter seinem Namen daneben legen',
      mostly_empty:
        'Bilder, auf denen laut Datensatz nichts ist, die meisten der markierten: Hat sie noch niemand angesehen, ihre Markierung löschen, sonst lehren sie, dass dort nichts ist',
      no_annotations:
        'Ohne jede Markierung: Die Bilder gelten nicht als markiert, wenn man nicht sagt, dass auf solchen nichts ist',
      no_area: 'Rahmen ohne Fläche oder mit Zahlen, die keine sind',
      no_box: 'Markierungen ohne die Zahlen, die ein Rahmen braucht',
      no_label_file:
        'Bilder ohne Textdatei: Sie gelten nicht als markiert, wenn man nicht sagt, dass auf solchen nichts ist',
      no_labels: 'Dateien, die wohl Markierungen enthalten, in unbekannter Form oder nicht lesbar',
      no_name: 'Markierungen ohne Namen',
      no_names: 'Datensätze ohne Namen der Klassen: Sie heißen nach ihren Nummern, bitte umbenennen',
      no_result: 'Markierungen ohne Liste dessen, was sie sagen (`result`): Sie sagen nichts von ihrem Bild',
      not_an_entry: 'Einträge, die keine sind',
      not_labelled: 'Bilder, die nicht markiert sind, weil nichts davon übernommen werden konnte',
      not_named: 'Bilder, die keine Datei mit Markierungen nennt: nicht übernommen',
      numbers: 'Zeilen mit zu vielen oder zu wenigen Zahlen: Ein Rahmen hat nach der Klasse vier',
      occluded: 'Als verdeckt gekennzeichnete Objekte: wie die anderen genommen',
      odd_clip:
        'Bilder, deren Platz in einem Clip (`clip`, eine Kennung, und `clip_at`, Sekunden) unlesbar ist; sie gehören zu keinem',
      odd_date: 'Unlesbare Daten: Die Bilder gelten als jetzt aufgenommen',
      odd_size: 'Unlesbare oder fehlende Bildgrößen: Die Rahmen konnten daran nicht geprüft werden',
      of_category: 'Markierungen einer Kategorie, die nicht übernommen werden kann',
      one_file: 'Namen mehrerer Bilder, die zu einer Datei führen: die anderen unter ihrem eigenen Namen dazulegen',
      only_image_data:
        'Dateien, die ihr Bild in sich tragen (`imageData`), wo es nicht gelesen wird: bitte daneben legen',
      other_format: 'Markierungen in einer anderen Form daneben, nicht gelesen: Wer diese will, nennt die Form',
      other_name: 'Dateien, die ein fehlendes oder fremdes Bild nennen: für das Bild ihres eigenen Namens genommen',
      other_picture:
        'Aufgaben mit mehreren Bildern, bei denen unklar ist, was auf welchem liegt: bitte eine für jedes Bild',
      outline: 'Umrisse ohne Fläche',
      outlined: 'Kategorien mit Umrissen, die Rahmen haben: Genommen wurde der Rahmen um jeden Umriss',
      outside: 'Rahmen außerhalb ihres Bildes',
      outside_of_frame: 'Als außerhalb gekennzeichnet: nicht in diesem Bild',
      parts: 'Objekte mit Teilen (Kopf, Hände, Füße), die nicht gelesen werden',
      picture: 'Bilder, die nicht gelesen werden können',
      pixels: 'Zeilen mit Zahlen nicht zwischen 0 und 1: Es müssen Anteile des Bildes sein, keine Pixel',
      predictions: 'Vorhersagen von Modellen, die keine Markierungen sind',
      round: 'Kreise und Ellipsen: Genommen wurde der Rahmen darum',
      same_choice: 'Auswahlen, die mehrere Fragen anbieten: Die der anderen tragen den Namen der Frage',
      same_picture: 'Bilder mit verschiedenen Namen, von denen nur eines da ist: jedes unter seinem Namen dazulegen',
      says_nothing:
        'Dateien, die nichts sagen, nicht einmal, von welchem Bild sie sind: Die Bilder gelten nicht als markiert',
      several_annotations: 'Bilder, die mehrmals markiert wurden: Die letzte Fassung wurde genommen',
      several_shapes: 'Objekte mit mehreren Rahmen, Umrissen oder Namen: bitte für jedes ein eigenes Objekt',
      shape: 'Formen der Art `{}`, die nicht gelesen werden; Rahmen, Umrisse und Kreise werden es',
      shape_flags: 'Gesetzte Kennzeichen von Formen, für die hier kein Platz ist',
      size: 'Bilder anderer Größe, als der Datensatz sagt: Ihre Rahmen lägen falsch',
      swapped: 'Rahmen mit vertauschten Ecken: zurückgetauscht',
      tag_of_boxes: 'Merkmale des ganzen Bildes in Kategorien mit Rahmen: dem Merkmal einen eigenen Namen geben',
      too_many_corners: 'Umrisse in Bildern, deren Umrisse zusammen über 200000 Ecken haben: mit weniger zeichnen',
      too_many_labels:
        'Bilder mit mehr Markierungen, als ein Bild haben darf (10000), oder mit Einträgen, die keine sind',
      not_computed:
        'Bilder zwischen zwei Formen einer Spur, die keine aufrechten Rahmen sind oder keine Zahlen haben; diese Bilder gelten nicht als markiert',
      endless_track:
        'Bilder nach der letzten Form einer Spur, von der nichts sagt, dass sie endet (`outside`); diese Bilder gelten nicht als markiert',
      far_apart: 'Rahmen einer Spur, zwischen denen mehr als 10000 Bilder liegen; dazwischen wurde nichts berechnet',
      no_frame: 'Formen von Spuren ohne die Nummer eines Bildes',
      truncated: 'Als abgeschnitten gekennzeichnete Objekte: wie die anderen genommen',
      turned:
        'Bilder, die laut Kamera zu drehen sind, während nichts sagt, ob die Rahmen davor oder danach zählen: genommen, wie man es sieht. Liegen sie falsch, noch einmal einlesen, mit Rahmen wie gespeichert',
      turned_box: 'Gedrehte Rahmen: Genommen wurde der aufrechte darum',
      turned_picture: 'Markierungen in einem Bild, das beim Markieren gedreht war',
      twice: 'Markierungen, die mehrmals da sind: einmal genommen',
      twice_file: 'Dateien, die dasselbe sagen wie eine andere desselben Bildes: einmal genommen',
      unknown_category: 'Markierungen einer Kategorie, die nicht in der Datei steht oder keinen Namen hat',
      unknown_elements:
        'Dateien mit unbekannten Elementen, in denen Objekte stehen können: bitte jedes als `object` mit `name` und `bndbox`',
      unknown_image: 'Markierungen eines Bildes, das nicht in der Datei steht',
      unreadable: 'Dateien mit Markierungen, die nicht gelesen werden können',
      box_mode: 'Rahmen mit unbekanntem `bbox_mode`; bekannt sind 0 bis 4, wie detectron2 sie schreibt',
      captions: 'Worte für ganze Bilder (Captions), die nicht gelesen werden',
      confidence:
        'Zeilen mit einer fünften Zahl zwischen 0 und 1: verstanden als Sicherheit eines Modells; ist sie ein Winkel, so sind diese Rahmen gedreht',
      doubled: 'Listen, die mehrmals in einer Datei stehen; alle wurden gelesen',
      dropped: 'ältere Bilder ohne Markierungen, die Platz machen mussten (`store.budget`)',
      form_not_read:
        'Dateien mit Markierungen in einer Form, die nicht gelesen wird; den Datensatz als COCO oder YOLO exportieren',
      ignored: 'Markierungen mit `ignore`: Da ist etwas, woraus nicht gelernt werden soll',
      key_points_left: 'Rahmen mit Schlüsselpunkten; die Rahmen wurden übernommen',
      mended:
        'Bilder, deren Rahmen hier andersherum gezählt waren und seither unverändert sind: Sie liegen jetzt wie angegeben',
      not_described: 'Bilder mit Markierungen in Ordnern, die data.yaml nicht nennt: genommen wie die anderen',
      object_number: 'Zeilen, an deren Ende Sicherheit und Nummer eines Objekts stehen; beides wird nicht gelesen',
      other_text: 'Textdateien neben dem Datensatz, in denen keine Markierungen stehen',
      panoptic: 'Masken ganzer Bilder (Panoptic), die nicht gelesen werden',
      same: 'Bilder, die schon hier sind, mit denselben Markierungen',
      shared_name:
        'Bilder, die bis auf die Endung heißen wie ein anderes mit Markierungen: Sie sind nicht markiert, die Markierungen bekam das andere',
      turned_unclear:
        'Rahmen mit einem Winkel, von dem nirgends steht, was er wie dreht: stattdessen die vier Ecken speichern',
      unclear_line:
        'Zeilen, die Rahmen mit Schlüsselpunkten, Umrisse oder Rahmen mit der Nummer eines Objekts sein können: In data.yaml sagt es `kpt_shape: [17, 2]`, `task: segment` oder `task: detect`',
      no_shapes:
        'Dateien ohne Liste `shapes`, oder mit einer leeren neben einer anderen: Sie sagen nicht, was auf ihrem Bild ist',
      nested_objects:
        'Bilder mit Objekten in sich selbst, von wo sie nicht gelesen werden: neben `images` aufführen, jedes mit seiner `image_id`',
      again:
        'Bilder, die mehrmals da liegen, bis aufs letzte Byte gleich und unter einem Namen: Jedes kam einmal, mit den Markierungen aller',
      again_turned:
        'Bilder, die mehrmals da liegen und deren Rahmen laut Größe verschieden zählen: Genommen wurden die Markierungen des ersten',
      odd_flags: 'Kennzeichen von Bildern, die weder wahr noch falsch sind: nicht als Merkmale genommen',
      more_missing: 'Weitere Bilder von Aufgaben, die nicht da sind; sie wären unmarkiert gekommen',
      class_folders:
        'Ordner, die wie Klassen heißen, nicht als Markierungen genommen; sind es welche, in der Form `folders` noch einmal einlesen',
      no_class_folder: 'Bilder in keinem Ordner einer Klasse: unmarkiert übernommen',
      region_choices: 'Auswahlen für Bereiche, die schon eine Markierung haben: Dafür ist hier kein Platz',
      packed:
        'Archive und gepackte Dateien darin, in die nicht geschaut wird: vorher auspacken oder jedes für sich hereinholen',
      mask_picture:
        'Bilder, die nach Ordner oder Namen Masken anderer sind und nicht gelesen werden: in Umrisse oder Rahmen umwandeln',
      several_files:
        'Bilder, von denen mehrere Dateien oder Einträge Verschiedenes sagen: Sie haben die Markierungen aller, bitte durchsehen',
      several_texts:
        'Bilder mit mehreren Textdateien, die Verschiedenes sagen: Eine wurde genommen, nichts sagt, welche stimmt',
      shared_text:
        'Bilder, deren Textdatei auch die eines anderen sein kann, oder eine von mehreren: nicht markiert, denn niemand weiß es',
      same_id:
        'Nummern, die mehrere Bilder oder Kategorien haben, sodass niemand weiß, wovon die Markierungen sind: jedem seine eigene geben',
      same_name: 'Kategorien oder Klassen, die mehrmals da sind: Hier sind sie eine',
      one_case:
        'Kategorien, die sich nur in Groß- und Kleinschreibung unterscheiden: Sie wurden eine. Sind es zwei, bitte eine umbenennen',
      federated:
        'Bilder, auf denen nur einige Kategorien gesucht wurden (LVIS): Was nicht markiert ist, kann trotzdem da sein',
      no_images: 'Dateien mit Markierungen und ohne Bilder (`images`, `image`), sodass niemand weiß, wovon sie sind',
      empty_text:
        'Leere Textdateien neben solchen, von denen keine Zeile verstanden wurde: Ihre Bilder gelten nicht als markiert, denn leer kann dort etwas anderes heißen',
      file_names:
        'Dateien, deren Namen nicht UTF-8 sind und nirgends steht, was sonst: Sie heißen hier, wie es sich lesen lässt',
      may_be_said:
        'Bilder ohne Markierungen, von denen eine Datei handeln kann, die nicht gelesen wird: Sie gelten nicht als leer',
      no_file_name: 'Bilder ohne `file_name` (oder `coco_url`), sodass niemand weiß, welche Datei gemeint ist: angeben',
      other_names:
        'Dateien, die wohl die Klassen nennen, und nicht genommen wurden: Eine andere nennt sie anders, oder sie beginnen mit dem Hintergrund, der bei YOLO keine Klasse ist',
      says_other_folder:
        'Dateien, die einen anderen Ordner einer Reihe nennen als den, in dem sie mit ihrem Bild liegen (`cam1`, `cam2`): für das Bild daneben genommen, bitte prüfen',
      unclear_comma:
        'Objekte mit einer Zahl, deren Komma für Tausender oder Dezimalstellen stehen kann (`1,050`): mit Dezimalpunkt schreiben, oder ohne Komma',
      too_small: 'Rahmen von weniger als einem halben Pixel Breite oder Höhe, in denen nichts zu sehen ist',
      other_folder:
        'Bilder in einem Ordner ganz anderen Namens, als ihre Markierungen sagen: als einzige ihres Namens genommen, bitte prüfen',
      more_pictures:
        'Weitere Bilder von Aufgaben mit mehreren: ohne Markierung übernommen, denn nichts sagt sicher, was darauf ist',
      whole_picture:
        'Dateien mit Markierungen ohne Rahmen: Was sie über ganze Bilder sagen, wird nicht gelesen, denn die Rahmen stehen in anderen',
    },
  },

  // ---- the device ----
  device: {
    title: 'Gerät',
    how: 'Zustand',
    language: 'Sprache dieser Seite',
    you: 'Eigener Zugang',
    local: 'Direkt am Gerät',
    localMay: (may: string) => `Wer es von dort oder durch einen Tunnel erreicht, darf ${may}.`,
    youMay: (may: string) => `Erlaubt ist: ${may}.`,
    toDoMore:
      'Für mehr einen Admin um einen anderen Code bitten: auf dessen Handy unter Gerät, „Zugang geben“; oder am Gerät mit',
    haveCode: 'Code eingeben',
    letIn: 'Zugang geben',
    letInNamed: (name: string) => `Zugang für ${name}`,
    loopback: 'Dieses Gerät hört nur auf sich selbst, darum erreicht es kein Handy. Hört es auf das Netz (',
    listen: 'http.listen',
    loopbackThen: ' in seiner Konfiguration), lässt sich hier Zugang geben.',
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
    whatDid: 'Wer was getan hat',
    nothingDid: 'Noch nichts.',
    isIn: (name: string) => `${name} hat jetzt Zugang.`,
    point: (may: string) => `Die Kamera des anderen Handys darauf richten. Wer so hereinkommt, darf ${may}.`,
    qr: 'Der Code als Bild, für eine Kamera',
    left: (time: string) => `Gilt einmal, noch ${time}`,
    over: 'Dieser Code ist abgelaufen.',
    another: 'Neuer Code',
    without: 'Ohne Kamera',
    addresses: 'Eine dieser Adressen öffnen und den Code eintippen:',
    fingerprint: 'Fingerabdruck',
    fingerprintText: 'SHA-256 vom Zertifikat des Geräts, zum Vergleichen vor dem Installieren:',
    close: 'Schließen, Code verwerfen',
    mayStillWork: (why: string) => `Der Code gilt vielleicht noch, bis er abläuft. ${why}`,
  },

  // ---- the flip book ----
  book: {
    title: 'Daumenkino',
    titleOf: (time: string) => `Training: ${time}`,
    back: 'Zurück zu den Trainings',
    backHere: 'Zurück zum Daumenkino',
    correct: 'Markierung ändern',
    correctShort: 'Ändern',
    gif: 'GIF',
    gifSpoken: 'GIF: dieses Bild über die Runden als Animation teilen',
    gifReady: 'Die Animation ist fertig: noch einmal auf GIF drücken, um sie zu teilen.',
    gifSaved: 'Die Animation wurde gespeichert.',
    noPages: 'Noch keine Seiten',
    noPagesYet: 'Die erste Seite entsteht, wenn die erste Runde vorbei ist.',
    noPagesEver: 'Dieses Training endete, bevor seine erste Runde vorbei war.',
    notLookedAt:
      'Dieser Versuch hat das nicht angesehen: Versuche, die nicht führen, sehen nur die Bilder zum Testen an.',
    notLoaded: (epoch: number) => `Die Seite der Runde ${epoch} ließ sich nicht laden.`,
    gone: 'Dieses Training wurde gelöscht',
    goneText: 'Einen Tag lang lässt es sich unter Gerät zurückholen.',
    page: (frame: number, epoch: number) =>
      `Bild ${frame} in Runde ${epoch}: Markierungen gestrichelt, Funde durchgezogen`,
    pointFates: (n: { found: number; missed: number; confused: number; false: number; forgotten: number }) =>
      [
        n.found + n.missed + n.confused
          ? `Findet ${n.found} von ${n.found + n.missed + n.confused}`
          : 'Nichts ist markiert',
        n.confused && `${n.confused} verwechselt`,
        n.false && `${n.false} falsch`,
        n.forgotten && `${n.forgotten} schon gefunden und wieder vergessen`,
      ]
        .filter(Boolean)
        .join(' · '),
    point: (score: string, sure: string, side: string) => `Wertung ${score} · Sicherheit ${sure} · ${side}`,
    numbered: (n: number, epoch: number, told: string) => `${n}. Runde ${epoch}: ${told}`,
    compare: 'Vergleichen',
    compareNot: 'Ein Bild',
    way: 'Was das zweite Bild tut, wenn im ersten geblättert wird',
    ways: { held: 'Zweites bleibt', together: 'Gemeinsam', each: 'Einzeln' },
    play: 'Abspielen',
    pause: 'Anhalten',
    epoch: 'Runde',
    epochSlider: 'Runde',
    epochSlider2: 'Runde des zweiten Bildes',
    epochSpoken: (epoch: number) => `Runde ${epoch}`,
    label: 'Markierung',
    prediction: 'Fund',
    curve: 'Lernkurve',
    curveScale: 'wie gut es findet, 0 bis 1',
    curveKind: 'Was die Kurve zeigt',
    curveKinds: { sides: 'Alle', categories: 'Je Kategorie' },
    curveSpoken: (epoch: number, sides: string) => `Wie gut es in Runde ${epoch} findet, 0 bis 1: ${sides}`,
    judged: (found: number, of: number, wrong: number) =>
      `${of ? `findet ${found} von ${of}` : 'nichts Markiertes zum Testen'}${wrong ? `, ${wrong} falsch` : ''}`,
    whose: 'Gezeigter Versuch',
    whoseOf: ['Erstes Bild: gezeigter Versuch', 'Zweites Bild: gezeigter Versuch'],
    leading: 'der jeweils beste jeder Runde',
    attempt: (n: number, words: string) => `Versuch ${n}${words && `: ${words}`}`,
    suspects: 'Wohl falsch markiert',
    showFrame: (text: string) => `Das Bild zeigen. ${text}`,
    far: (n: number) =>
      `Eingekreist: ${plural(n, 'Bild, bei dem', 'Bilder, bei denen')} es weiter danebenliegt als fast überall sonst. Oft ist dort falsch markiert.`,
    filter: 'Bilder nach Ergebnis zeigen',
    fates: {
      missed: 'Übersehen',
      false: 'Falsch',
      confused: 'Verwechselt',
      forgotten: 'Wieder vergessen',
      found: 'Gefunden',
    },
    frameFate: (frame: number, fate: string, n: string) => `Bild ${frame}, ${fate.toLowerCase()}: ${n}`,
    noneLikeThis: 'In dieser Runde gibt es kein solches Bild.',
    terms: 'Was die Zahlen bedeuten',
    termList: [
      'Runde: Das Modell hat mit jedem Bild, von dem es lernt, noch einmal geübt (Epoche).',
      'Zum Testen: Bilder, von denen das Modell nie gelernt hat (Validierung). Zum Lernen: die anderen (Training).',
      'Wertung eines Bildes: 1, wo alles Markierte gefunden ist und sonst nichts; 0, wo nichts stimmt (F1, bei halber Überdeckung).',
      'Wie gut es findet, 0 bis 1: über alle Bilder und alle Grade der Sicherheit (AP50).',
      'Sicherheit: wie sicher sich das Modell seiner Funde ist, im Mittel (Konfidenz). Abweichung: wie weit es danebenliegt; das lernt es klein zu machen (Loss).',
      'Wieder vergessen: in einer früheren Runde gefunden, jetzt nicht mehr. Verwechselt: für eine andere Kategorie gehalten. Falsch: etwas gesehen, wo nichts markiert ist.',
    ],
    cloud: 'Jedes Bild ein Punkt',
    scatterSpoken: (axis: string, frames: number, epoch: number) =>
      `Wertung und ${axis} von ${plural(frames, 'Bild', 'Bildern')} in Runde ${epoch}`,
    score: 'Wertung',
    axis: 'Waagerechte Achse',
    axes: { confidence: 'Sicherheit', loss: 'Abweichung' },
    axisButtons: { confidence: 'Sicherheit', loss: 'Abweichung' },
    frames: 'Bilder',
    worstFirst: 'schwache zuerst',
    mostFirst: 'meiste zuerst',
    side: 'Welche Bilder',
    sides: { validation: 'zum Testen', training: 'zum Lernen' },
    sideButtons: { validation: 'Zum Testen', training: 'Zum Lernen' },
    frameSpoken: (frame: number, score: string) => `Bild ${frame}, Wertung ${score}`,
    more: (n: number) => `${n} weitere`,
  },
};

export const deClips: Said<typeof clips> = {
  title: 'Clips',
  none: 'Noch keine Clips. Einen Film drehen und als Ganzes markieren: Was in einem Bild gezeichnet wird, wird durch alle anderen verfolgt.',
  older: 'Ältere Clips',
  about: (frames, seconds, taken) => `${plural(frames, 'Bild', 'Bilder')}, ${seconds}, ${taken}`,
  loading: 'Lädt …',

  shoot: 'Film drehen',
  choose: 'Film wählen',
  reading: (n, of, alike) =>
    `Bild ${n} von ${of} gelesen${alike ? `, ${alike} ausgelassen, da sie nichts Neues zeigen` : ''}`,
  sent: (share) =>
    `Dieses Telefon kann den Film nicht lesen; das Gerät liest ihn. ${Math.floor(100 * share)} % gesendet`,
  taking: (frames, seconds) => `Das Gerät liest ihn: ${plural(frames, 'Bild', 'Bilder')} aus ${seconds}`,
  stopped: (frames) => `Angehalten. ${plural(frames, 'Bild', 'Bilder')} davon sind als Clip da.`,
  brokenOff: (frames, why) => `Abgebrochen nach ${plural(frames, 'Bild', 'Bildern')}, die als Clip da sind: ${why}`,
  still: 'Im Film bewegt sich nichts, oder er zeigt nichts.',
  film: (camera) => (camera ? `Filmen mit ${camera}` : 'Mit der Kamera filmen'),
  filming: (seconds, of, frames) => `Filmt: ${seconds} von ${of} s, ${plural(frames, 'Bild', 'Bilder')}`,
  filmEnd: 'Filmen beenden',
  filmed: (frames) => `Gefilmt: ${plural(frames, 'Bild', 'Bilder')}.`,
  openIt: 'Clip öffnen',

  boardLabel:
    'Das Bild. Einen Rahmen um einen Gegenstand zeichnen: Er wird durch den Clip verfolgt. Einen Rahmen ziehen, um ihn hier zu berichtigen.',
  strip: 'Durch den Clip gehen',
  frameSpoken: (n, of, state) => `Bild ${n} von ${of}, ${state}`,
  place: (n, of, seconds) => `${n} von ${of} · ${seconds} s`,
  legend: {
    sure: 'sicher',
    unsure: 'unsicher',
    asked: 'gefragt',
    key: 'gezeichnet',
    none: 'nichts darin',
    waits: 'wartet auf eine Antwort',
  },
  accept: (ready, of) => (ready === of ? 'Clip übernehmen' : `${ready} von ${of} übernehmen`),
  accepted: (n, waiting) =>
    waiting
      ? `${n} von ${n + waiting} Bildern markiert; ${waiting} warten auf Antworten`
      : `${plural(n, 'Bild', 'Bilder')} markiert`,
  nothing: 'Kein Bild hat sich geändert.',
  notAccepted: (n, why) => `${plural(n, 'Bild blieb', 'Bilder blieben')}, wie sie waren: ${why}`,
  unseen: (n, why) => `${plural(n, 'Bild lässt', 'Bilder lassen')} sich nicht ansehen: ${why}`,
  notKept: (n, why) => `Was in ${plural(n, 'Bild', 'Bildern')} gesagt wurde, ist nicht gespeichert: ${why}`,
  unsent: (n) => `${plural(n, 'Angabe wartet', 'Angaben warten')} auf diesem Handy, bis das Gerät antwortet.`,
  notFollowed: (why) => `Es wurde nicht verfolgt, und vorher lässt sich nichts übernehmen: ${why}`,
  followAgain: 'Noch einmal verfolgen',
  notOpened: (why) => `Der Clip konnte nicht geladen werden: ${why}`,
  changed: 'Jemand hat den Clip, oder Markierungen darin, inzwischen geändert.',
  loadAgain: 'Neu laden',
  isGone: 'Diesen Clip gibt es nicht: Er wurde gelöscht.',
  tooSmall: 'Das war zu klein für einen Rahmen.',
  carrying: 'Wird durch den Clip verfolgt …',
  onlyLooks: 'Wer hier markiert, kann Rahmen zeichnen und mitführen lassen.',
  noCategory: 'Erst eine Kategorie für Rahmen anlegen, unter Markieren.',
  begin: 'Einen Rahmen um einen Gegenstand zeichnen. Er wird durch den Clip verfolgt.',
  correct: 'Den Rahmen hier berichtigen, oder sagen, dass er weg ist.',
  drawAgain: (track) => `${track} ist hier nicht zu sehen. Zeichnen, wo er wieder da ist.`,
  why: {
    lost: (track) => `${track} ging hier verloren: zeichnen, oder sagen, dass er weg ist.`,
    unseen: (track) => `Von ${track} ist hier mehr zu sehen, als je gezeichnet wurde: ganz zeichnen.`,
    doubtful: (track) =>
      `Ist das ${track}? Sagen, dass es stimmt, den Rahmen berichtigen, oder sagen, dass er weg ist.`,
  },
  asksLeft: (n) =>
    `${plural(n, 'Bild wartet', 'Bilder warten')} auf Antworten. Was vorher übernommen wird, lässt sie aus.`,
  restSure: (n) =>
    `${plural(n, 'Bild lässt', 'Bilder lassen')} sich nicht ansehen. Alles andere ist sicher: durchsehen und übernehmen.`,
  allSure: 'Alles ist sicher. Durchsehen und übernehmen.',
  objects: 'Was gezeichnet wird: ein neuer Gegenstand, oder einer der verfolgten',
  newOne: (category) => `Neu: ${category}`,
  gone: 'Hier weg',
  back: 'Hier zurück',
  forget: 'Vergessen',
  forgotten: (track) => `${track} ist vergessen`,
  nextAsk: 'Nächste Frage',
  right: 'Es stimmt',
  partBefore: 'Zurück',
  partOf: (n, of) => `Teil ${n} von ${of}`,
};

/** What the device says in English; see `catalogue.ts`. What comes first is tried first. */
export const device: Catalogue = {
  // filming with a camera
  'camera `{}` films already: stop that first, or wait for its end':
    'Die Kamera `{}` filmt schon: erst das beenden, oder das Ende abwarten',
  'no frames come from the camera: {+}': 'von der Kamera kommen keine Bilder: {+}',
  'it is still starting': 'sie startet noch',
  'the camera gives nothing but damaged pictures: {+}': 'die Kamera gibt nur beschädigte Bilder: {+}',
  '{+}; {} frames of it, to {} seconds, are stored as clip {}: delete that to be rid of them':
    '{+}; {} Bilder davon, bis {} Sekunden, sind als Clip {} gespeichert: Ihn löschen, um sie loszuwerden',
  // labels carried along a clip in parts
  'track `{}` was lost in another part of the clip: answer what is asked there':
    'Gegenstand `{}` ging in einem anderen Teil des Clips verloren: dort auf die Frage antworten',
  '{} objects of other parts of the clip are left out: {} are carried at a time':
    '{} Gegenstände aus anderen Teilen des Clips sind ausgelassen: {} werden auf einmal mitgeführt',
  // why a frame is shown
  new: 'neu',
  'the model is unsure: {} at {} %': 'das Modell ist unsicher: {} mit {} %',
  'it looks unlike what is labelled': 'es gleicht keinem markierten Bild',
  'the model found nothing': 'das Modell hat nichts gefunden',
  "the model can't look at it: {+}": 'das Modell kann es nicht ansehen: {+}',
  '{+}: a false alarm': '{+}: ein Fehlalarm',
  '{+}: {} false alarms': '{+}: {} Fehlalarme',
  '{+}: 1 label to confirm': '{+}: 1 Markierung zu bestätigen',
  '{+}: {} labels to confirm': '{+}: {} Markierungen zu bestätigen',
  begun: 'begonnen',
  'begun by {}': 'begonnen von {}',
  '{+}; the model agrees': '{+}; das Modell ist derselben Meinung',
  '{+}; the model also sees {}, and does not find {}': '{+}; das Modell sieht außerdem {} und findet nicht: {}',
  '{+}; the model also sees {}': '{+}; das Modell sieht außerdem {}',
  '{+}; the model does not find {}': '{+}; das Modell findet nicht: {}',
  'labelled by {}': 'markiert von {}',
  labelled: 'markiert',
  // before a training
  'Only 1 frame: {} will train, {} will do well.': 'Nur 1 Bild: Mit {} lässt sich trainieren, mit {} wird es gut.',
  'Only {} frames: {} will train, {} will do well.': 'Nur {} Bilder: Mit {} lässt sich trainieren, mit {} wird es gut.',
  'All frames were taken within one minute: what looks different at another time is not learned. Label frames from other times too.':
    'Alle Bilder sind aus einer einzigen Minute: Was zu anderer Zeit anders aussieht, wird nicht gelernt. Auch Bilder aus anderen Zeiten markieren.',
  '`{}` has {+}: it will hardly be learned. Label {} or more.':
    '`{}` hat {+}: Das wird kaum gelernt. Mindestens {} markieren.',
  '{n} object': '{n} Objekt',
  '{n} objects': '{n} Objekte',
  '`{}` has {} objects, `{}` {}: it may drown. Label more frames with `{}`.':
    '`{}` hat {} Objekte, `{}` {}: Das kann untergehen. Mehr Bilder mit `{}` markieren.',
  'None of the frames that the model is tested on has `{}`: nothing will be known of how well it is found. Label it in frames from other times too.':
    'Keines der Bilder, an denen das Modell getestet wird, hat `{}`: Wie gut es gefunden wird, bleibt unbekannt. Auch in Bildern aus anderen Zeiten markieren.',
  "None of the frames that the model learns from has `{}`: it can't be learned. Label it in frames from other times too.":
    'Keines der Bilder, von denen das Modell lernt, hat `{}`: So lässt es sich nicht lernen. Auch in Bildern aus anderen Zeiten markieren.',
  '{+} left out: labels were carried to them, and they look like the frame before.':
    '{+} ausgelassen: Markierungen wurden dorthin mitgeführt, und sie sehen aus wie das Bild davor.',
  '{+} left out: taken within seconds of frames on the other side of the split.':
    '{+} ausgelassen: Sekunden vor oder nach Bildern der anderen Seite aufgenommen.',
  '{n} frame is': '{n} Bild ist',
  '{n} frames are': '{n} Bilder sind',
  '{+} damaged and left out.': '{+} beschädigt und ausgelassen.',
  '{n} labelled frame is': '{n} markiertes Bild ist',
  '{n} labelled frames are': '{n} markierte Bilder sind',
  '{+}; last time it found {+}': '{+}; beim letzten Mal fand es {+}',
  'too short for so many frames on this device': 'zu kurz für so viele Bilder auf diesem Gerät',
  'a first model that finds the plain cases': 'ein erstes Modell, das die klaren Fälle findet',
  'a good model, close to what these frames allow': 'ein gutes Modell, nahe an dem, was diese Bilder hergeben',
  'as good as these frames allow; longer adds little': 'so gut, wie diese Bilder es hergeben; länger bringt wenig',
  'all labelled frames were taken within seconds of one another: label frames from other times too, so that the model can be judged on frames it was not trained on':
    'Alle markierten Bilder liegen nur Sekunden auseinander: Auch Bilder aus anderen Zeiten markieren, damit sich das Modell an Bildern prüfen lässt, von denen es nicht gelernt hat',
  'the frames that it was to be tested on, or those to learn from, were deleted meanwhile: train again':
    'Die Bilder zum Testen oder die zum Lernen wurden inzwischen gelöscht: neu trainieren',
  'a training needs {} labelled frames or more; there are {}: label {} more':
    'Ein Training braucht mindestens {} markierte Bilder; vorhanden sind {}: noch {} markieren',
  'a training for one camera needs {} labelled frames of it or more; of `{}` there are {}: label {} more':
    'Ein Training für eine Kamera braucht mindestens {} markierte Bilder von ihr; von `{}` gibt es {}: noch {} markieren',
  'no frame has a label of category `{}`; label some first':
    'Kein Bild hat eine Markierung der Kategorie `{}`; erst einige markieren',
  'the labelled frames have no labels: there is nothing to learn':
    'Auf den markierten Bildern ist nichts markiert: Es gibt nichts zu lernen',
  // while it runs
  'waiting for its turn': 'wartet, bis es an der Reihe ist',
  'waiting for its turn again after a restart': 'wartet nach einem Neustart wieder, bis es an der Reihe ist',
  'choosing the frames to learn from and the frames to be tested on': 'wählt die Bilder zum Lernen und die zum Testen',
  'looking at every frame for the first time': 'sieht jedes Bild zum ersten Mal an',
  'finding out how this device learns fastest': 'findet heraus, wie dieses Gerät am schnellsten lernt',
  'epoch {} of {}: {+} with {+}': 'Epoche {} von {}: {+} mit {+}',
  'the last experiment practises': 'der letzte Versuch übt',
  '{} experiments practise': '{} Versuche üben',
  'the last part of the network': 'dem letzten Teil des Netzes',
  'the upper part of the network': 'dem oberen Teil des Netzes',
  'most of the network': 'dem größten Teil des Netzes',
  'the whole network': 'dem ganzen Netz',
  'waiting to cool down: {} is at {} °C, the limit is {} °C':
    'wartet auf Abkühlung: {} hat {} °C, die Grenze ist {} °C',
  'writing the model and testing it on frames it has not learned from':
    'schreibt das Modell und testet es an Bildern, von denen es nicht gelernt hat',
  // what an experiment tries
  'learns carefully': 'lernt vorsichtig',
  'learns boldly': 'lernt mutig',
  'learns steadily': 'lernt gleichmäßig',
  'small network': 'kleines Netz',
  'large network': 'großes Netz',
  'medium network': 'mittleres Netz',
  'keeps what it knew before': 'behält, was es schon wusste',
  'changes what it knew before': 'ändert, was es schon wusste',
  'allows itself detail': 'erlaubt sich Feinheiten',
  'keeps it simple': 'hält es einfach',
  'practises with gaps': 'übt mit Lücken',
  'minds all cases alike': 'achtet auf alle Fälle gleich',
  'minds the hard cases': 'achtet auf die schweren Fälle',
  'cares more for finding': 'legt mehr Wert aufs Finden',
  'cares more for exact boxes': 'legt mehr Wert auf genaue Rahmen',
  'looks at the middle of things': 'sieht auf die Mitte der Dinge',
  'looks at more of each thing': 'sieht mehr von jedem Ding an',
  'practises on pictures as they are': 'übt an Bildern, wie sie sind',
  'practises on altered pictures': 'übt an veränderten Bildern',
  // after it
  'Live: {+}, the model before {+}; {+}, before: {+}.': 'Aktiv: {+}, das Modell davor {+}; {+}, davor: {+}.',
  'Live: {+}; {+}. The model before could not be tested.': 'Aktiv: {+}; {+}. Das Modell davor ließ sich nicht testen.',
  'Live: {+}; {+}.': 'Aktiv: {+}; {+}.',
  'Kept, not live: it finds nothing on 1 frame that it did not learn from. {+}':
    'Behalten, nicht aktiv: Es findet nichts auf 1 Bild, von dem es nicht gelernt hat. {+}',
  'Kept, not live: it finds nothing on {} frames that it did not learn from. {+}':
    'Behalten, nicht aktiv: Es findet nichts auf {} Bildern, von denen es nicht gelernt hat. {+}',
  'Kept, not live: {+}; {+}. The live model is as good or better on them: it finds {+}; {+}. {+}':
    'Behalten, nicht aktiv: {+}; {+}. Das aktive Modell ist darauf so gut oder besser: Es findet {+}; {+}. {+}',
  'Kept, not live: {+}; {+}. {+}': 'Behalten, nicht aktiv: {+}; {+}. {+}',
  'finds {+} on 1 frame that it did not learn from': 'findet {+} auf 1 Bild, von dem es nicht gelernt hat',
  'finds {+} on {} frames that it did not learn from': 'findet {+} auf {} Bildern, von denen es nicht gelernt hat',
  'none of its boxes is wrong': 'keiner seiner Rahmen ist falsch',
  'none of its tags is wrong': 'keine seiner Angaben ist falsch',
  'all its boxes are wrong': 'alle seine Rahmen sind falsch',
  'all its tags are wrong': 'alle seine Angaben sind falsch',
  '1 box in {n} is wrong': '1 Rahmen von {n} ist falsch',
  '1 tag in {n} is wrong': '1 Angabe von {n} ist falsch',
  '{+} boxes are wrong': '{+} Rahmen sind falsch',
  '{+} tags are wrong': '{+} Angaben sind falsch',
  'Label {} more frames, most of all with `{}`, and train again.':
    'Noch {} Bilder markieren, vor allem mit `{}`, und neu trainieren.',
  'Label {} more frames, and train again.': 'Noch {} Bilder markieren und neu trainieren.',
  'Look at its worst frames in the flip book, put wrong labels right, label more frames like them, most of all with `{}`, and train again, longer.':
    'Im Daumenkino die schlechtesten Bilder ansehen, falsche Markierungen verbessern, mehr Bilder wie diese markieren, vor allem mit `{}`, und länger trainieren.',
  'Look at its worst frames in the flip book, put wrong labels right, label more frames like them, and train again, longer.':
    'Im Daumenkino die schlechtesten Bilder ansehen, falsche Markierungen verbessern, mehr Bilder wie diese markieren und länger trainieren.',
  '{n} of {n}': '{n} von {n}',
  'all {n}': 'alle {n}',
  'it was started {} times, and each time the device stopped before it had finished {+}: most likely memory ran out. Train with fewer experiments, or free some memory':
    'Es wurde {} Mal begonnen, und jedes Mal ging das Gerät aus, bevor {+} fertig war: Wahrscheinlich reichte der Arbeitsspeicher nicht. Mit weniger Versuchen trainieren oder Speicher frei machen',
  'it was started {} times, and each time the machine was switched off or restarted before it had finished {+}: see to its power, which may be too weak for a training, and train again':
    'Es wurde {} Mal begonnen, und jedes Mal wurde das Gerät aus- oder neu eingeschaltet, bevor {+} fertig war: Nach dem Strom sehen, der für ein Training vielleicht zu schwach ist, und neu trainieren',
  'its first epoch': 'die erste Epoche',
  'epoch {n}': 'Epoche {n}',
  '{} trainings wait already: cancel one of them, or wait until one has begun':
    '{} Trainings warten schon: Eines davon abbrechen, oder warten, bis eines begonnen hat',
  'it began again from the start: {+}': 'es begann von vorn: {+}',
  // in the flip book
  'The model finds {} % of `{}`, but never found this one: {+}':
    'Das Modell findet {} % von `{}`, dieses aber nie: {+}',
  'it takes it for `{}`': 'es hält es für `{}`',
  'is it one, and does its box fit?': 'Ist es eines, und passt der Rahmen?',
  'The model is sure ({} %) of `{}` where nobody labelled it.':
    'Das Modell ist sich sicher ({} %), dass hier `{}` ist, wo niemand etwas markiert hat.',
  'The training has no pages yet.': 'Das Training hat noch keine Seiten.',
  // what was done
  'deleted 1 training': '1 Training gelöscht',
  'deleted 1 model': '1 Modell gelöscht',
  'deleted 1 frame': '1 Bild gelöscht',
  'deleted {} frames': '{} Bilder gelöscht',
  'deleted a frame': 'Bild gelöscht',
  'deleted frames': 'Bilder gelöscht',
  'deleted a training': 'Training gelöscht',
  'deleted a model': 'Modell gelöscht',
  'deployed a model': 'Modell eingesetzt',
  'brought back what was taken away': 'Gelöschtes zurückgeholt',
  'made a category': 'Kategorie angelegt',
  'changed a category': 'Kategorie geändert',
  'removed a category': 'Kategorie entfernt',
  'merged a category into another': 'Kategorie mit einer anderen vereint',
  'started a training': 'Training gestartet',
  'cancelled a training': 'Training abgebrochen',
  'took a model along': 'Modell mitgenommen',
  'went back to the model before': 'zum Modell davor zurückgekehrt',
  'changed what is watched': 'geändert, worauf geachtet wird',
  'brought labels to the pool': 'Markierungen in den Pool gebracht',
  'brought labels from the pool': 'Markierungen aus dem Pool geholt',
  'took a model from the pool': 'Modell aus dem Pool geholt',
  'changed settings': 'Einstellungen geändert',
  'took the data set along': 'Datensatz mitgenommen',
  'took frames along': 'Bilder mitgenommen',
  'brought a film in': 'Film hereingeholt',
  'deleted a clip': 'Clip gelöscht',
  'accepted labels along a clip': 'Markierungen eines Clips übernommen',
  'said where an object of a clip is': 'gesagt, wo ein Gegenstand eines Clips ist',
  'brought a data set in': 'Datensatz hereingeholt',
  'made a pairing code': 'Code zum Koppeln erzeugt',
  paired: 'gekoppelt',
  'gave ten wrong pairing codes': 'zehn falsche Codes eingegeben',
  'made a token': 'Zugang erzeugt',
  'removed a token': 'Zugang entfernt',
  'took the labels off 1 frame': 'Markierungen von 1 Bild entfernt',
  'took the labels off {} frames': 'Markierungen von {} Bildern entfernt',
  'accepted labels of 1 frame': 'Markierungen von 1 Bild übernommen',
  'accepted labels of {} frames': 'Markierungen von {} Bildern übernommen',
  'sent 1 frame to review': '1 Bild zum Prüfen geschickt',
  'sent {} frames to review': '{} Bilder zum Prüfen geschickt',
  'confirmed the labels of 1 frame': 'Markierungen von 1 Bild bestätigt',
  'confirmed the labels of {} frames': 'Markierungen von {} Bildern bestätigt',
  'called the labels of 1 frame final': 'Markierungen von 1 Bild abgeschlossen',
  'called the labels of {} frames final': 'Markierungen von {} Bildern abgeschlossen',
  // what happened
  'model {} watches the camera again': 'Modell {} sieht wieder auf die Kamera',
  'model {} now watches the camera': 'Modell {} sieht jetzt auf die Kamera',
  'model {} watches the camera `{}` again': 'Modell {} sieht wieder auf die Kamera `{}`',
  'model {} now watches the camera `{}`': 'Modell {} sieht jetzt auf die Kamera `{}`',
  // what is refused
  'nobody knows whether `{}` is in it: answer what is asked before':
    'Niemand weiß, ob `{}` darin ist: Erst beantworten, was davor gefragt wird',
  'the clip has another object `{}` by now: give the new one another name':
    'Der Clip hat inzwischen einen anderen Gegenstand `{}`: Dem neuen einen anderen Namen geben',
  'it was reviewed: send it back to be labelled first': 'Es wurde geprüft: Erst zum Markieren zurückschicken',
  'it has a draft with a label that is not among the boxes: finish it first':
    'Es hat einen Entwurf mit einer Markierung, die nicht unter den Rahmen ist: Erst diesen fertig machen',
  'it has a draft with {} labels that are not among the boxes: finish it first':
    'Es hat einen Entwurf mit {} Markierungen, die nicht unter den Rahmen sind: Erst diesen fertig machen',
  'it has {} × {} pixels, and the clip {} × {}: label it alone':
    'Es hat {} × {} Pixel, und der Clip {} × {}: Für sich markieren',
  'it has {} × {} pixels, and the clip {} × {}': 'Es hat {} × {} Pixel, und der Clip {} × {}',
  'outlines of `{+}` are not carried: only boxes are': 'Umrisse von `{+}` werden nicht mitgeführt, nur Rahmen',
  'frame {}: its labels are passed over, as its picture is of another size':
    'Bild {}: Seine Markierungen werden übergangen, da es eine andere Größe hat',
  'frame {}: track `{}` is there twice, and the first is carried':
    'Bild {}: Die Spur `{}` ist zweimal da, und die erste wird mitgeführt',
  'it has no labels yet: label it first': 'Es hat noch keine Markierungen: Erst markieren',
  'label {} ({}): {+}': 'Markierung {} ({}): {+}',
  'there is no such category; known are {}: use one of them or add it first':
    'Diese Kategorie gibt es nicht; es gibt {}: Eine davon nehmen oder sie erst anlegen',
  'there is no such category, nor any other yet: add it first':
    'Diese Kategorie gibt es nicht, und noch keine andere: Erst anlegen',
  '{}: {n} must be {n} to {n}': '{}: {n} muss zwischen {n} und {n} liegen',
  '{}: it takes a number, not {+}': '{}: Hier gehört eine Zahl hin, nicht {+}',
  '{}: it takes a whole number, not {+}': '{}: Hier gehört eine ganze Zahl hin, nicht {+}',
  '{}: it takes text, not {+}': '{}: Hier gehört ein Text hin, nicht {+}',
  nothing: 'nichts',
  '{}: there is no base `{}`; there are: {}': '{}: Ein Ausgangsmodell `{}` gibt es nicht; es gibt: {}',
  // what is brought and not taken
  'this is {+} ({}); {+}. Nothing was imported': 'Das ist {+} ({}); {+}. Nichts wurde übernommen',
  'an empty file': 'eine leere Datei',
  'a gzip file': 'eine Gzip-Datei',
  'a picture': 'ein Bild',
  'a ZIP that is cut short or damaged': 'ein ZIP, das abgeschnitten oder beschädigt ist',
  'a web page or XML': 'eine Webseite oder XML',
  'a JSON file without its pictures': 'eine JSON-Datei ohne ihre Bilder',
  'no ZIP': 'kein ZIP',
  'a RAR archive': 'ein RAR-Archiv',
  'a 7z archive': 'ein 7z-Archiv',
  'a tar archive': 'ein Tar-Archiv',
  'send a whole ZIP of the labels and their pictures':
    'ein vollständiges ZIP aus den Markierungen und ihren Bildern schicken',
  'unpack it and bring the folder, or make a ZIP of that': 'auspacken und ein ZIP daraus machen',
  'the ZIP has {} entries, and {} are allowed: make several of it':
    'Das ZIP hat {} Einträge, erlaubt sind {}: mehrere daraus machen',
  'the ZIP unpacks to more than {}, far more than it has itself; send the pictures as JPEG or PNG, each once':
    'Das ZIP wird ausgepackt größer als {}, viel größer als es selbst ist; die Bilder als JPEG oder PNG schicken, jedes einmal',
  'the ZIP has `{}` twice, each with something else in it, and nothing says which is meant: unpack it, and make a new ZIP of the one that is right':
    'Im ZIP gibt es `{}` zweimal mit verschiedenem Inhalt, und nichts sagt, welches gemeint ist: auspacken und ein neues ZIP mit dem richtigen machen',
  'there are no {+} in {} that can be read{}; it takes COCO, LabelMe and Label Studio (JSON), Pascal VOC and CVAT (XML), YOLO (a text file for each picture), or pictures alone. Nothing was imported':
    'In {} gibt es keine {+}, die gelesen werden können{}; gelesen werden COCO, LabelMe und Label Studio (JSON), Pascal VOC und CVAT (XML), YOLO (eine Textdatei je Bild) oder Bilder allein. Nichts wurde übernommen',
  'labels or pictures': 'Markierungen oder Bilder',
  "the labels in {} can't be read: {}. Nothing was imported; to take in the pictures without labels, name `pictures` as the form":
    'Die Markierungen in {} lassen sich nicht lesen: {}. Nichts wurde übernommen; um die Bilder ohne Markierungen zu übernehmen, `pictures` als Form angeben',
  '{}: nothing of it can be taken in: {+}. Nothing was imported':
    '{}: Nichts davon lässt sich übernehmen: {+}. Nichts wurde übernommen',
  'none of the files with labels can be read: {+}. Nothing was imported':
    'Keine der Dateien mit Markierungen lässt sich lesen: {+}. Nichts wurde übernommen',
  'there are no pictures in it': 'Es sind keine Bilder darin',
  'there are no pictures in {}. Nothing was imported': 'In {} sind keine Bilder. Nichts wurde übernommen',
  'none of the {} pictures in {} has its text file: the labels of images/a.jpg are looked for in labels/a.txt, and beside it{}. Nothing was imported':
    'Keines der {} Bilder in {} hat seine Textdatei: Die Markierungen von images/a.jpg werden in labels/a.txt gesucht und daneben{}. Nichts wurde übernommen',
  '{} and {} name the classes differently, and nothing says which holds for which labels: import their folders one after the other. Nothing was imported':
    '{} und {} nennen die Klassen verschieden, und nichts sagt, was für welche Markierungen gilt: ihre Ordner nacheinander hereinholen. Nichts wurde übernommen',
  '{} is not a COCO detection file that can be read ({}); it needs `images`, `annotations` and `categories`. Nothing was imported':
    '{} lässt sich nicht als COCO lesen ({}); dazu gehören `images`, `annotations` und `categories`. Nichts wurde übernommen',
  '{} is no CVAT file that can be read: {}. Nothing was imported':
    '{} lässt sich nicht als CVAT lesen: {}. Nichts wurde übernommen',
  '{} is no export of Label Studio that can be read ({}); export JSON or JSON_MIN. Nothing was imported':
    '{} lässt sich nicht als Export von Label Studio lesen ({}); JSON oder JSON_MIN exportieren. Nichts wurde übernommen',
  "{} can't be read as YAML ({}); correct it. Nothing was imported":
    '{} lässt sich nicht als YAML lesen ({}); berichtigen. Nichts wurde übernommen',
  '{}: there are too many pictures and labels in it to take in at once ({} pictures and {} labels so far); split it and import its parts one after the other. Nothing was imported':
    '{}: Das sind zu viele Bilder und Markierungen auf einmal (bis dahin {} Bilder und {} Markierungen); aufteilen und die Teile nacheinander hereinholen. Nichts wurde übernommen',
  '{}: {+}. Nothing was imported': '{}: {+}. Nichts wurde übernommen',
  '{} bytes are free on the disk of {}; {} are needed, and {} are kept for labels: free some space, or lower store.reserve':
    'Auf der Platte von {} sind {} Bytes frei; gebraucht werden {}, und {} bleiben für Markierungen: Platz schaffen, oder store.reserve kleiner stellen',
  "pictures that can't be read": 'Bilder, die sich nicht lesen lassen',
  'pictures whose file is not there; put it beside the labels under its name':
    'Bilder, deren Datei fehlt: unter ihrem Namen neben die Markierungen legen',
  'label files whose picture is not there; put it beside them under its name':
    'Dateien mit Markierungen, deren Bild fehlt: unter seinem Namen daneben legen',
  'label files whose picture is not there, or that fit several pictures':
    'Dateien mit Markierungen, deren Bild fehlt, oder die zu mehreren Bildern passen',
  'tasks whose picture is not there; put it beside the labels under its name':
    'Aufgaben, deren Bild fehlt: unter seinem Namen neben die Markierungen legen',
  'pictures that no file with labels names; they were not taken in':
    'Bilder, die keine Datei mit Markierungen nennt: nicht übernommen',
  'pictures of another size than the data set says, so that their boxes would be in the wrong place':
    'Bilder anderer Größe, als der Datensatz sagt: Ihre Rahmen lägen falsch',
  "pictures of a kind that isn't read (HEIC, AVIF, GIF, raw files); send them as JPEG or PNG":
    'Bilder einer Art, die nicht gelesen wird (HEIC, AVIF, GIF, Rohdaten): als JPEG oder PNG schicken',
  'files with labels in a form that is not read; export the data set as COCO or YOLO instead':
    'Dateien mit Markierungen in einer Form, die nicht gelesen wird: den Datensatz als COCO oder YOLO exportieren',
  "files that may hold labels, in a form that is not known, or that can't be read":
    'Dateien, die wohl Markierungen enthalten, in unbekannter Form oder nicht lesbar',
  "label files that can't be read": 'Dateien mit Markierungen, die sich nicht lesen lassen',
  'archives and packed files within, which are not looked into; unpack them first, or bring each by itself':
    'Archive und gepackte Dateien darin, in die nicht geschaut wird: vorher auspacken, oder jedes für sich hereinholen',
  // pictures that are refused
  'the {} is cut short: its end is missing; send the whole file again':
    'Das {} ist abgeschnitten: Sein Ende fehlt; die ganze Datei noch einmal schicken',
  'the JPEG is damaged: its picture ends after {} % of it, and the rest would be grey; send the file again':
    'Das JPEG ist beschädigt: Sein Bild endet nach {} %, und der Rest wäre grau; die Datei noch einmal schicken',
  'the JPEG is damaged: there is no picture in it; send the file again':
    'Das JPEG ist beschädigt: Es ist kein Bild darin; die Datei noch einmal schicken',
  'the {} is damaged ({}); send the file again': 'Das {} ist beschädigt ({}); die Datei noch einmal schicken',
  'the picture is empty; {+}': 'Das Bild ist leer; {+}',
  'the picture has more than {}, and no more is allowed; make it smaller':
    'Das Bild hat mehr als {}, und mehr ist nicht erlaubt; kleiner machen',
  'the picture has {} × {} pixels, and {} megapixels and {} a side are allowed; make it smaller':
    'Das Bild hat {} × {} Pixel, erlaubt sind {} Megapixel und {} je Seite; kleiner machen',
  'this is no picture of a kind that is read; {+}': 'Das ist kein Bild einer Art, die gelesen wird; {+}',
  "this is {+}, which isn't read; {+}": 'Das ist {+}, was nicht gelesen wird; {+}',
  'send a JPEG, PNG, BMP, WebP or TIFF': 'ein JPEG, PNG, BMP, WebP oder TIFF schicken',
  'a HEIC, as phones take them': 'ein HEIC, wie Handys es aufnehmen',
  'save it as a JPEG (on an iPhone: Settings, Camera, Formats, Most Compatible)':
    'als JPEG speichern (auf einem iPhone: Einstellungen, Kamera, Formate, Maximale Kompatibilität)',
  'save it as a JPEG': 'als JPEG speichern',
  'save it as a PNG': 'als PNG speichern',
  'save the picture as a PNG': 'das Bild als PNG speichern',
  'a GIF, a kind made for small animations': 'ein GIF, eine Art für kleine Animationen',
  'a PDF': 'ein PDF',
  'an AVIF': 'ein AVIF',
  'a film': 'ein Film',
  "a camera's raw data": 'Rohdaten einer Kamera',
  'develop it, and save it as a JPEG': 'entwickeln und als JPEG speichern',
  // what of it is told with examples, and what stands behind a name; last, as they fit much
  '{+} ({n}: {+}). {+}': '{+} ({n}: {+}). {+}',
  '{+} ({n}: {+})': '{+} ({n}: {+})',
  '{+}; and {n} more': '{+}; und {n} weitere',
  '{}: {+}': '{}: {+}',
};
