// Who may come in.
import { signal } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
import { me } from '../../api/access';
import { device, ok } from '../../api/client';
import type { Token } from '../../api/types';
import { TaskButton } from '../../ui/button';
import { Icon } from '../../ui/icon';
import { useNews } from '../../ui/load';
import { when } from '../../words/format';
import { more } from '../../words/more';

const w = more.device;

/** Everybody who is in, as last heard. */
export const people = signal<Token[] | null>(null);

export async function refreshPeople(): Promise<Token[]> {
  const { items } = await ok(device.GET('/api/v1/tokens'));
  people.value = items;
  return items;
}

export function People() {
  const [removing, remove] = useState<string | null>(null);
  useNews(async () => void (await refreshPeople()), ['audit', 'poll', 'open']);
  const tokens = people.value;
  return (
    <>
      <h2>{w.whoIsIn}</h2>
      <ul id="people" class="rows">
        {tokens?.map((token) =>
          token.id === removing ? (
            <Question key={token.id} token={token} close={() => remove(null)} />
          ) : (
            <Row key={token.id} token={token} remove={() => remove(token.id)} />
          ),
        )}
        {tokens?.length === 0 && <li class="empty-row">{w.nobody}</li>}
      </ul>
    </>
  );
}

const called = (token: Token) => token.name || w.somebody;

function Row({ token, remove }: { token: Token; remove: () => void }) {
  const seen = token.seen ? w.lastHere(when(token.seen)) : w.notHere;
  return (
    <li data-token={token.id}>
      <span class="main">
        {called(token)}
        {token.id === me.value?.token && <span class="badge good">{w.yourself}</span>}
        <small>{token.via === 'command' ? `${w.program} · ${seen}` : seen}</small>
      </span>
      <span class="badge">{token.role}</span>
      <button type="button" class="icon" aria-label={w.removeNamed(called(token))} onClick={remove}>
        <Icon name="bin" />
      </button>
    </li>
  );
}

function Question({ token, close }: { token: Token; close: () => void }) {
  const harmless = useRef<HTMLButtonElement>(null);
  useEffect(() => harmless.current?.focus(), []);
  return (
    <li class="question" data-token={token.id}>
      <span class="main">{token.id === me.value?.token ? w.removeYourself : w.removeQuestion(called(token))}</span>
      <button type="button" ref={harmless} onClick={close}>
        {w.keep}
      </button>
      <TaskButton
        class="danger"
        task={async () => {
          await ok(device.DELETE('/api/v1/tokens/{id}', { params: { path: { id: token.id } } }));
          close();
          await refreshPeople();
        }}
      >
        {w.remove}
      </TaskButton>
    </li>
  );
}
