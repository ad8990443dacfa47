// Every text of the fleet's page: what it says in place of the phone page where both share a view, and what only it says.

const plural = (n: number, one: string, many = `${one}s`) => `${n} ${n === 1 ? one : many}`;

/** In place of the phone page's: here it is the server that answers. */
export const en = {
  seconds: (n: number) => plural(n, 'second'),
  minutes: (n: number) => plural(n, 'minute'),

  // ---- the server's answers ----
  silent: 'The fleet server does not answer.',
  answered: (status: number) => `The fleet server answered ${status}.`,
  forbidden: (detail: string) => `You may not do this here: ${detail}`,
  tooMuch: (wait: string | null) => `That was too much at once.${wait ? ` Try again in ${wait}.` : ''}`,

  // ---- the frame around every view ----
  sections: 'Sections',
  dismiss: 'Dismiss this message',
  again: 'Try again',
  reload: 'Load the page again',
  stale: 'The fleet server was updated, and has a newer page.',
  cancel: 'Cancel',
  more: 'More',
  link: {
    on: 'Connected to the fleet server',
    locked: 'Not paired with the fleet server',
    off: 'Not connected: asking again',
  },
  missing: {
    title: 'This part of the page is not here',
    text: 'It could not be fetched: the server does not answer, or it was updated meanwhile.',
  },
};

/** In place of the phone page's: whom to let in, and how. */
export const more = {
  may: {
    viewer: 'look at all devices',
    labeller: 'label, capture and train on devices',
    admin: 'do everything, also put models on cameras and let people in',
  },
  pair: {
    title: 'Pair with this fleet server',
    in: 'You are in',
    stranger: 'This server answers only to those it knows.',
    known: (may: string) => `You are in, and may ${may}. Another code changes that.`,
    mayNow: (may: string) => `You may ${may}.`,
    code: 'Code',
    go: 'Let me in',
    checking: 'Checking in …',
    length: 'A code has eight letters and digits, such as K7QF-3M9T.',
    wrong:
      'This code does not work: it may be mistyped, used already, or too old. A code works once, and for some minutes. Ask for a new one.',
    wait: (wait: string) => `Too many wrong codes were tried. The server takes the next one in ${wait}.`,
    help: 'No code? Ask whoever runs the fleet: on their page, People, “Let somebody in”; or on the server,',
    command: 'fieldcoach fleet pair',
    done: 'To the devices',
  },
  device: {
    letIn: 'Let somebody in',
    letInNamed: (name: string) => `Let ${name} in`,
    loopback:
      'This server listens to itself only, so nobody else can reach it. Start it with an address of the network (',
    listen: '--listen',
    loopbackThen: '), and you can let people in here.',
    whatMay: 'What they may do',
    roles: { labeller: 'Labels', viewer: 'Looks', admin: 'Runs it' },
    mayText: (may: string) => `May ${may}`,
    whose: 'Whose phone (optional)',
    whoseHint: 'Ana’s phone',
    showCode: 'Show a code',
    whoIsIn: 'Who is in',
    nobody: 'Nobody yet.',
    somebody: 'Somebody',
    yourself: 'you',
    program: 'for a program',
    lastHere: (time: string) => `last here ${time}`,
    notHere: 'not here yet',
    removeNamed: (name: string) => `Remove ${name}`,
    removeQuestion: (name: string) => `Remove ${name}? It is out at once.`,
    removeYourself: 'Remove yourself? You will need a new code.',
    keep: 'Keep',
    remove: 'Remove',
    isIn: (name: string) => `${name} is in.`,
    point: (may: string) => `Point the other phone’s camera at it. Who comes in may ${may}.`,
    qr: 'The code as a picture, for a camera',
    left: (time: string) => `Works once, for another ${time}`,
    over: 'This code has run out.',
    another: 'Another code',
    without: 'Without a camera',
    addresses: 'Open one of these addresses, and type the code:',
    fingerprint: 'Fingerprint',
    fingerprintText: 'SHA-256 of the server’s authority, to compare before it is installed:',
    close: 'Close, and void the code',
    mayStillWork: (why: string) => `The code may still work until it runs out. ${why}`,
  },
};

/** What only this page says. */
export const fleet = {
  tabs: { devices: 'Devices', orders: 'Orders', history: 'History', people: 'People' },
};
