// One message across the page, until it is dismissed or replaced.
import { signal } from '@preact/signals';
import { ApiError } from '../api/client';
import { on } from '../api/news';
import { Icon } from '../ui/icon';
import { words } from '../words';
import { lasting } from '../words/format';

interface Message {
  text: string;
  kind: 'error' | 'info';
}
const shown = signal<Message | null>(null);

/** Shows a message, or an error's. Returns what takes this one away again. */
export function say(message: unknown, kind: Message['kind'] = 'error'): () => void {
  // The pair view says it.
  if (message instanceof ApiError && message.status === 401) return () => {};
  const own = { text: textOf(message), kind };
  shown.value = own;
  return () => {
    if (shown.peek() === own) hush();
  };
}

// It answers again: nothing that is no longer true stays.
on('open', () => {
  if (shown.peek()?.text === words.silent) hush();
});

function textOf(message: unknown): string {
  if (message instanceof ApiError && message.status === 403) return words.forbidden(message.message);
  if (message instanceof ApiError && message.status === 429)
    return words.tooMuch(message.wait ? lasting(message.wait) : null);
  return message instanceof Error ? message.message : String(message);
}

export function hush(): void {
  shown.value = null;
}

// That the device does not answer is true until it does.
on('answer', () => {
  if (shown.peek()?.text === words.silent) hush();
});

export function Banner() {
  const message = shown.value;
  // There from the start, so that a screen reader speaks what comes into it.
  return (
    <div class={`banner ${message?.kind ?? ''}`} id="banner" role="alert" hidden={!message}>
      <p id="banner-text">{message?.text}</p>
      <button type="button" class="icon" id="banner-close" aria-label={words.dismiss} onClick={hush}>
        <Icon name="close" />
      </button>
    </div>
  );
}
