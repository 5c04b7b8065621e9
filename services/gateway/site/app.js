// The subscriber's page: wires its parts.

import * as alerts from './alerts.js';
import { byId } from './api.js';
import { soon } from './caught.js';
import * as entries from './entries.js';
import { takeOver } from './held.js';
import * as operator from './operator.js';
import * as wanted from './wanted.js';

function count() {
  try {
    entries.outputs(alerts.wantedFilter());
  } catch {
    // A field that is not done yet: the count says which.
  }
  soon(alerts.wantedFilter);
}

async function choose() {
  const source = byId('source').value;
  alerts.from(source ? [source] : []);
  count();
  await entries.choose(entries.sources);
}

wanted.begin(alerts.tell);
alerts.begin();
operator.begin();
byId('source').addEventListener('change', choose);
byId('fresh').addEventListener('click', () => entries.reveal(entries.sources));
byId('more').addEventListener('click', () => entries.load(true));
byId('form').addEventListener('input', count);
const managed = await takeOver();
await Promise.allSettled([entries.sources(), choose()]);
await alerts.show();
count();
if (managed || location.hash === '#alerts') byId('alerts-title').focus();
await alerts.renew().catch(() => {});
