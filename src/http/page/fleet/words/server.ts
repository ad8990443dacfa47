// What the fleet server says, in German: as the catalogue of the devices' sentences in `words/de.ts`.
import type { Catalogue } from '../../words/catalogue';

export const server: Catalogue = {
  // ---- history ----
  'heard for the first time': 'zum ersten Mal gehört',
  'is there': 'ist da',
  'is gone: it said goodbye, or the broker lost it': 'ist weg: abgemeldet, oder der Broker hat es verloren',
  'was not heard for {n} s': '{n} s lang nicht gehört',
  'was forgotten here; it comes back when it is heard': 'hier vergessen; es kommt wieder, wenn es gehört wird',
  'training {} began': 'Training {} begann',
  'training {} is over: {+}': 'Training {} ist zu Ende: {+}',
  'it is done': 'fertig',
  'it is done: {+}': 'fertig: {+}',
  'it was cancelled': 'abgebrochen',
  'it was cancelled: {+}': 'abgebrochen: {+}',
  'it failed': 'gescheitert',
  'it failed: {+}': 'gescheitert: {+}',
  'told more than is kept: {n} entries before this one are left out':
    'sagte mehr, als behalten wird: {n} Einträge vor diesem fehlen',
  'did `{}` of an order': 'hat `{}` eines Auftrags ausgeführt',
  'did not do `{}` of an order': 'hat `{}` eines Auftrags nicht ausgeführt',

  // ---- alarms, and what can't be read ----
  'no pictures come': 'es kommen keine Bilder',
  'there is no room to keep frames': 'für Bilder ist kein Platz',
  'it does not run': 'es läuft nicht',
  'its clock is not believed': 'seiner Uhr ist nicht zu trauen',
  'its status says {} in a way that is not known here': 'sein Status sagt {} auf eine Art, die hier nicht bekannt ist',
  "its status can't be read: {}": 'sein Status ist nicht zu lesen: {}',

  // ---- orders ----
  'the broker does not take the command: {}': 'der Broker nimmt den Befehl nicht an: {}',
  "its answer can't be understood": 'seine Antwort ist nicht zu verstehen',
  'no answer came in its time': 'es kam rechtzeitig keine Antwort',
  'its time passed before it was sent': 'die Zeit war um, bevor er gesendet war',
  'a device that tried it first did not do it': 'ein Gerät, das voranging, hat ihn nicht ausgeführt',
  '{n} devices did not do it': '{n} Geräte haben ihn nicht ausgeführt',
  '{} stopped it': 'angehalten von {}',

  // ---- devices that do not answer ----
  'no device `{}` was heard here': 'ein Gerät `{}` wurde hier nicht gehört',
  "there is no token of `{}` here: give the fleet's server one that the device issued":
    'für `{}` gibt es hier kein Token: dem Flottenserver eines geben, das das Gerät ausgestellt hat',
  'the device `{}` is not there now': 'das Gerät `{}` ist gerade nicht da',
  'there is no connection to the broker: {+}': 'es gibt keine Verbindung zum Broker: {+}',
  'the device says that it does not know this token: give it another one':
    'das Gerät sagt, dass es dieses Token nicht kennt: ein anderes nehmen',
  'the device gives no answer through the broker: it may not let itself be reached so (mqtt.remote)':
    'das Gerät antwortet durch den Broker nicht: Vielleicht lässt es sich so nicht erreichen (mqtt.remote)',
  'the device fell silent; what was asked for may have been done: look before you ask again':
    'das Gerät verstummte; was verlangt war, ist vielleicht geschehen: nachsehen, bevor es noch einmal verlangt wird',

  // ---- the broker ----
  'nothing listens at {}; is the broker started, and is the port in mqtt.broker the right one?':
    'unter {} hört niemand; ist der Broker gestartet, und stimmt der Port in mqtt.broker?',
  '{} gives no answer; is that machine on, does a firewall let its port through, and is mqtt.broker right?':
    '{} antwortet nicht; ist die Maschine an, lässt eine Firewall ihren Port durch, und stimmt mqtt.broker?',
  'the broker ended the connection without a reason': 'der Broker beendete die Verbindung, ohne einen Grund zu nennen',
  'the broker is silent: it does not answer any more': 'der Broker ist verstummt: er antwortet nicht mehr',
  'the connection to the broker broke ({})': 'die Verbindung zum Broker riss ab ({})',
  'the broker lets nobody in without a user name and a password; set mqtt.username and mqtt.password_file':
    'der Broker lässt niemanden ohne Namen und Passwort ein; mqtt.username und mqtt.password_file setzen',
  'the broker is busy; it is tried again': 'der Broker ist ausgelastet; es wird wieder versucht',
  'the broker is shutting down; it is tried again': 'der Broker wird beendet; es wird wieder versucht',
};
