"""After the requests of one role (SIEGE_ROLE): how many there were, that the siege's tokens are still good, and no training
left that they started."""

import json
import os

from device import ROLES, WORK, api, session, taken

role = os.environ["SIEGE_ROLE"]
report = json.loads((WORK / f"{role}.json").read_text())
for one in ROLES:
    taken(session(one).get(api("me")))
admin = session("admin")
going = [t for t in taken(admin.get(api("trainings?limit=500")))["items"] if t["state"] not in ("done", "failed", "cancelled")]
for training in going:
    taken(admin.delete(api(f"trainings/{training['id']}")))
requests, operations = report["test_cases"]["generated"], report["operations"]["tested"]
print(f"{role}: {requests} requests to {operations} operations in {report['running_time']:.0f} s; {len(going)} trainings cancelled")
if requests < 100:
    raise SystemExit("too few to show anything")
