// Page and daemon are of one version, or it is said.
import { me } from '../api/access';
import { words } from '../words';

const OWN = document.documentElement.dataset.version;

/** The device has another page by now: this one may not know what it says. What is drawn stays in this browser. */
export function Stale() {
  const there = me.value?.page;
  if (!there || there === OWN) return null;
  return (
    <div class="banner info" id="stale" role="status">
      <p>{words.stale}</p>
      <button type="button" onClick={() => location.reload()}>
        {words.reload}
      </button>
    </div>
  );
}
