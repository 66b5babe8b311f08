// Runs a program that takes a while and prints a line for each of its events: for tests that take the gateway away.

import { local } from "cloche/node";

const client = await local({ patienceSeconds: 120 });
const code = "import time\nfor n in range(40):\n  print('tick', n, flush=True)\n  time.sleep(0.1)";
const { id } = await client.evaluations.submit({ code });
for await (const { name, cursor } of client.events.of(id)) console.log(JSON.stringify({ name, cursor, evaluation: id }));
console.log(JSON.stringify({ name: "over" }));
