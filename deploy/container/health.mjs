/** The HEALTHCHECK of the image, which has no shell and no curl: exit code 0 if the server can do its work. */
import { once } from 'node:events';
import { connect } from 'node:net';

const { PORT, FUNCTION_TARGET } = process.env;
const isApi = FUNCTION_TARGET === undefined || FUNCTION_TARGET === 'api';
const check = isApi ? answersHealth() : accepts();
process.exitCode = await check.then(
  () => 0,
  () => 1,
);

async function answersHealth() {
  const { status } = await fetch(`http://127.0.0.1:${PORT}/health`, { signal: AbortSignal.timeout(4_000) });
  if (status >= 500) throw new Error(`Expected the status of a healthy API but received ${status}`);
}

/** Another function takes every request for an event, so it is not sent one. */
async function accepts() {
  const socket = connect(Number(PORT), '127.0.0.1');
  await once(socket, 'connect');
  socket.destroy();
}
