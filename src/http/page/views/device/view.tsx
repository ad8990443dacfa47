// The device: how it is, who may do what on it, what happened, what can be set.
import { can, me } from '../../api/access';
import { Certificate } from '../../certificate/card';
import { FLEET } from '../../shell/fleet';
import { Speech } from '../../ui/speech';
import { more } from '../../words/more';
import { Deeds } from './deeds';
import { DiskUse } from './disk';
import { Exchange } from './exchange';
import { Gone } from './gone';
import { Invite } from './invite';
import { Log } from './log';
import { People } from './people';
import { SettingsList } from './settings';
import { StatusList } from './status';

const w = more.device;

export function View() {
  return (
    <>
      <h1 id="device-title" class="quiet" tabIndex={-1}>
        {w.title}
      </h1>
      <div class="split">
        <div>
          <h2>{w.how}</h2>
          <StatusList />
          <DiskUse />
          <h2>{w.you}</h2>
          <You />
          {/* Codes do not pass a broker. */}
          {can('admin') && !FLEET && <Invite />}
          <Speech label={w.language} />
          <div id="device-certificate">
            <Certificate group="device-certificate" again />
          </div>
        </div>
        <div>
          {can('labeller') && <Gone />}
          {can('admin') && <People />}
          <Log />
          {can('admin') && (
            <>
              <Exchange />
              <SettingsList />
              <Deeds />
            </>
          )}
        </div>
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
      <p id="who-may" class="state">
        {known.token ? w.youMay(may) : w.localMay(may)}
      </p>
      {!can('admin') && (
        <>
          <p class="state">
            {w.toDoMore} <code>fieldcoach pair --role admin</code>.
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
