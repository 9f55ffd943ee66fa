/**
 * Prints a line for each step of each crisis, from the topic crisis.events.
 *
 * Needs Node.js 22.22 and `npm ci` in this folder.
 * Run: KAFKA_BOOTSTRAP=kafka:9092 node crisis-events.ts
 */
import {
  Consumer,
  FetchIsolationLevels,
  MessagesStreamFallbackModes,
  MessagesStreamModes,
  stringDeserializers,
} from "@platformatic/kafka";

interface CrisisEvent {
  brand: string;
  crisis_id: string;
  seq: number;
  type: string;
  previous_state: string;
  state: string;
  severity: string;
}

/** The types handled here. A later version may send more: whatever is not listed is passed over. */
const STEPS = new Set(
  [
    "watch",
    "dismissed",
    "opened",
    "updated",
    "severity_changed",
    "escalated",
    "acknowledged",
    "assigned",
    "annotated",
    "milestone",
    "recovering",
    "relapsed",
    "resolved",
    "confirmed",
    "false_positive",
    "reopened",
    "closed",
  ].map((step) => `squall.crisis.${step}.v1`),
);

const REMEMBERED = 10_000;
const seen = new Set<string>();

const consumer = new Consumer({
  clientId: "crisis-events-example",
  groupId: process.env["KAFKA_GROUP"] ?? "crisis-events-example",
  bootstrapBrokers: (process.env["KAFKA_BOOTSTRAP"] ?? "localhost:9092").split(","),
  deserializers: stringDeserializers,
});

/**
 * Prints one event, unless its type is unknown, it is of a drill, or it was here before.
 *
 * Replace the print by what must happen. If that is kept in a database, keep ce_id there too, as a
 * unique key written in the same transaction: this set is gone after a restart.
 */
function handle(headers: ReadonlyMap<string, string>, value: string): void {
  if (headers.has("ce_drill")) return;
  const id = headers.get("ce_id");
  if (!STEPS.has(headers.get("ce_type") ?? "") || id === undefined || seen.has(id)) return;
  console.log(line(JSON.parse(value) as CrisisEvent));
  seen.add(id);
  if (seen.size > REMEMBERED) seen.delete(seen.values().next().value!);
}

/** Returns the event in a line, of the fields named here: others may come, and mean no harm. */
function line(event: CrisisEvent): string {
  const step = `${event.brand} ${event.crisis_id} #${event.seq} ${event.type}`;
  return `${step}: ${event.previous_state} -> ${event.state}, ${event.severity}`;
}

const stream = await consumer.consume({
  topics: [process.env["CRISIS_EVENTS"] ?? "crisis.events"],
  isolationLevel: FetchIsolationLevels.READ_COMMITTED, // else a dead worker's leavings show
  autocommit: false, // by the clock it may commit what was not handled
  mode: MessagesStreamModes.COMMITTED, // the default begins at the end
  fallbackMode: MessagesStreamFallbackModes.EARLIEST, // so does a new group
});
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => void stream.close()); // ends the loop
}
try {
  for await (const message of stream) {
    handle(message.headers, message.value);
    await message.commit(); // after it: a crash in between repeats the event, and loses none
  }
} finally {
  await consumer.close(true); // leaves the group, so that others go on at once
}
