// Who may come in to the fleet, and how this page speaks.
import { can, me } from '../../api/access';
import { Speech } from '../../ui/speech';
import { Invite } from '../../views/device/invite';
import { People } from '../../views/device/people';
import { more } from '../../words/more';
import { fleet as w } from '../words';

export function View() {
  return (
    <>
      <h1 id="people-title" class="quiet" tabIndex={-1}>
        {w.tabs.people}
      </h1>
      <div class="split">
        <div>
          <h2>{w.you}</h2>
          <You />
          {can('admin') && <Invite />}
          <Speech label={w.language} />
        </div>
        <div>{can('admin') && <People />}</div>
      </div>
    </>
  );
}

function You() {
  const known = me.value;
  if (!known) return null;
  const may = more.may[known.role];
  return (
    <div class="card">
      <div class="headline">
        <span id="who">{known.token ? (known.name ?? w.you) : w.local}</span>
      </div>
      <p class="state">{more.pair.mayNow(may)}</p>
      {!can('admin') && (
        <>
          <p class="state">
            {w.toDoMore} <code>{more.pair.command} --role admin</code>.
          </p>
          <div class="row">
            <a class="button grow" href="#/pair">
              {w.haveCode}
            </a>
          </div>
        </>
      )}
    </div>
  );
}
