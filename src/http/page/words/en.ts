// Every text of the page. A text with a number or a name in it is a function: languages order words differently.

const plural = (n: number, one: string, many = `${one}s`) => `${n} ${n === 1 ? one : many}`;

export const en = {
  seconds: (n: number) => plural(n, 'second'),
  minutes: (n: number) => plural(n, 'minute'),
  frames: (n: number) => plural(n, 'frame'),

  // ---- the device's answers ----
  silent: 'The device does not answer. Is it on, and is this phone on its network?',
  answered: (status: number) => `The device answered ${status}.`,
  forbidden: (detail: string) => `You may not do this here: ${detail}`,
  tooMuch: (wait: string | null) => `That was too much at once.${wait ? ` Try again in ${wait}.` : ''}`,

  // ---- the frame around every view ----
  sections: 'Sections',
  tabs: { camera: 'Camera', label: 'Label', train: 'Train', device: 'Device' },
  dismiss: 'Dismiss this message',
  again: 'Try again',
  reload: 'Load the page again',
  stale: 'The device was updated, and has a newer page. What you drew is kept.',
  cancel: 'Cancel',
  more: 'More',
  link: {
    on: 'Connected to the device',
    locked: 'Not paired with the device',
    off: 'Not connected: asking again',
  },
  unsent: (n: number) => `${n} not sent`,
  unsentTitle: (n: number) =>
    `${plural(n, 'labelled frame waits', 'labelled frames wait')} on this phone until the device answers`,
  missing: {
    title: 'This part of the page is not here',
    text: 'It could not be fetched: the device does not answer, or it was updated meanwhile.',
  },

  zoom: {
    in: 'Look closer',
    out: 'Show all of it',
    keys: '+ and − look closer and back, 0 shows all of it, arrows move',
  },

  // ---- what a role may do ----
  may: {
    viewer: 'look at the camera, labels, and trainings',
    labeller: 'label, capture frames, and start trainings',
    admin: 'do everything, also put models on the camera and let people in',
  },

  // ---- pairing ----
  pair: {
    title: 'Pair with this device',
    in: 'You are in',
    stranger: 'This device answers only to those it knows.',
    known: (may: string) => `You are in, and may ${may}. Another code changes that.`,
    mayNow: (may: string) => `You may ${may}.`,
    code: 'Code',
    go: 'Let me in',
    checking: 'Checking in …',
    length: 'A code has eight letters and digits, such as K7QF-3M9T.',
    wrong:
      'This code does not work: it may be mistyped, used already, or too old. A code works once, and for some minutes. Ask for a new one.',
    wait: (wait: string) => `Too many wrong codes were tried. The device takes the next one in ${wait}.`,
    help: 'No code? Ask whoever set the camera up: on their phone, Device, “Let somebody in”; or on the device,',
    done: 'To the camera',
  },

  // ---- why the browser warned ----
  certificate: {
    title: 'Why the browser warned you',
    why: 'No public authority vouches for a machine on your own network, so this device vouches for itself. What you send and see is encrypted all the same.',
    what: 'Install the device’s authority once, and there are no more warnings; the page then goes on the home screen like an app, and opens without a network. Everything else works without.',
    get: 'Get the authority',
    notNow: 'Not now',
    show: 'How to end the browser’s warnings',
    compare:
      'To be sure that it is the right one, compare its SHA-256 fingerprint, which your system shows, with the one beside the code that let you in: on the admin’s phone, or where this was run:',
    installed: 'Installed: load the page again',
    steps: {
      Android: [
        'Tap “Get the authority”, and keep the file.',
        'Open Settings and search for “CA certificate”. It lies under Security, More security settings, Install from device storage.',
        'Choose CA certificate, Install anyway, and the file authority.crt.',
        'Close the browser and open this page again.',
      ],
      'iPhone and iPad': [
        'In Safari, tap “Get the authority”, and Allow.',
        'Open Settings. Near the top it says Profile Downloaded: tap it, then Install.',
        'Go to General, About, Certificate Trust Settings, and switch the authority on.',
        'Open this page again.',
      ],
      Windows: [
        'Get the authority, and open the file.',
        'Choose Install Certificate, Current User, “Place all certificates in the following store”, and there Trusted Root Certification Authorities.',
        'Close the browser altogether and open this page again.',
      ],
      macOS: [
        'Get the authority, and open the file: Keychain Access takes it into the login keychain.',
        'Double-click it there, open Trust, and choose Always Trust.',
        'Close the browser altogether and open this page again.',
      ],
      'Chrome on Linux': [
        'Get the authority.',
        'Open chrome://certificate-manager, and under Local certificates, Installed by you, import the file as trusted.',
        'Or in a terminal: certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n fieldcoach -i authority.crt',
        'Close the browser altogether and open this page again.',
      ],
      Firefox: [
        'Get the authority. Where Firefox asks at once, tick “Trust this CA to identify websites”, and it is done.',
        'Else open Settings, search for “certificates”, and choose View Certificates, Authorities, Import.',
        'Take the file, tick “Trust this CA to identify websites”, and open this page again.',
      ],
    },
  },

  // ---- the device ----
  device: {
    title: 'Device',
    you: 'You',
    local: 'You sit at the device itself',
    localMay: (may: string) => `Who reaches it from there, or through a tunnel, may ${may}.`,
    youMay: (may: string) => `You may ${may}.`,
    toDoMore: 'To do more, ask an admin for another code: on their phone, Device, “Let somebody in”; or on the device,',
    haveCode: 'I have a code',
    letIn: 'Let somebody in',
    letInNamed: (name: string) => `Let ${name} in`,
    loopback: 'This device listens to itself only, so no phone can reach it. Let it listen on the network (',
    loopbackThen: ' in its configuration), and you can let people in here.',
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
    whatDid: 'What people did',
    nothingDid: 'Nothing yet.',
    isIn: (name: string) => `${name} is in.`,
    point: (may: string) => `Point the other phone’s camera at it. Who comes in may ${may}.`,
    qr: 'The code as a picture, for a camera',
    left: (time: string) => `Works once, for another ${time}`,
    over: 'This code has run out.',
    another: 'Another code',
    without: 'Without a camera',
    addresses: 'Open one of these addresses, and type the code:',
    fingerprint: 'Fingerprint',
    fingerprintText: 'SHA-256 of the device’s authority, to compare before it is installed:',
    close: 'Close, and void the code',
    mayStillWork: (why: string) => `The code may still work until it runs out. ${why}`,
  },

  // ---- the flip book ----
  book: {
    title: 'Flip book',
    titleOf: (time: string) => `Training of ${time}`,
    back: 'Back to trainings',
    backHere: 'Back to the flip book',
    correct: 'Correct labels',
    gif: 'GIF',
    gifSpoken: 'GIF: share this frame over the epochs as an animation',
    gifReady: 'The animation is ready: press GIF once more to share it.',
    gifSaved: 'The animation was saved.',
    noPages: 'No pages yet',
    noPagesYet: 'The first page is drawn when the first epoch is over.',
    noPagesEver: 'This training ended before its first epoch was over.',
    notLoaded: 'This page could not be loaded.',
    page: (frame: number, epoch: number) => `Frame ${frame} at epoch ${epoch}: labels dashed, predictions solid`,
    point: (score: string, confidence: string, loss: string, side: string) =>
      `Score ${score} · confidence ${confidence} · loss ${loss} · ${side}`,
    play: 'Play',
    pause: 'Pause',
    epoch: 'epoch',
    epochSlider: 'Epoch',
    epochSpoken: (epoch: number) => `Epoch ${epoch}`,
    label: 'label',
    prediction: 'prediction',
    curve: 'Learning curve',
    curveSpoken: (epoch: number, training: string, validation: string) =>
      `AP50 at epoch ${epoch}: ${training}, ${validation}`,
    cloud: 'Every frame, a point',
    scatterSpoken: (axis: string, frames: number, epoch: number) =>
      `Score and ${axis} of ${plural(frames, 'frame')} at epoch ${epoch}`,
    score: 'score',
    axis: 'Horizontal axis',
    axes: { confidence: 'confidence', loss: 'loss' },
    axisButtons: { confidence: 'Confidence', loss: 'Loss' },
    frames: 'Frames',
    worstFirst: 'worst first',
    side: 'Side of the split',
    sides: { validation: 'validation', training: 'training' },
    sideButtons: { validation: 'Validation', training: 'Training' },
    frameSpoken: (frame: number, score: string) => `Frame ${frame}, score ${score}`,
    more: (n: number) => `${n} more`,
  },
};
