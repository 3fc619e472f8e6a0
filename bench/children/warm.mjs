// A warm function: answers in a loop, as often as the parent asks. Prints CPU microseconds for each answer.
import { functionUrlEvent } from '../messages.mjs';
import { invoke } from './lambda-globals.mjs';

const { handler } = await import(process.argv[2]);
process.on('message', async ({ method, calls }) => {
  const events = Array.from({ length: 50 }, (_, id) => functionUrlEvent(method, id));
  const first = await invoke(handler, events[0]);
  if (!first.includes('result')) throw new Error(`unexpected answer: ${first.slice(0, 300)}`);
  const cpu = process.cpuUsage();
  for (let call = 0; call < calls; call++) await invoke(handler, events[call % events.length]);
  const used = process.cpuUsage(cpu);
  process.send({ cpu: (used.user + used.system) / calls, rss: process.resourceUsage().maxRSS / 1024 });
});
process.send({ ready: true });
