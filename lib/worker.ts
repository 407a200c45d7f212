import { config } from './config/index.ts';
import { drainAnswers } from './custody/index.ts';
import { connectDatabase, disconnectDatabase } from './db/index.ts';
import { closeQueue, workJobs } from './jobs/index.ts';
import { endWithParent } from './leash.ts';
import { log } from './log/index.ts';
import { sendExpiringMail, sendInvitationMail, sendReceiptMail } from './mail/index.ts';
import { purge, sweep } from './sweep/index.ts';

/** The worker's entry: hands each feature's handlers to the queue and stops in good order. */
const onError = (error: unknown) => log().error({ err: error }, 'job failed');

connectDatabase(config().databaseUrl);
/** What waited on disk while the database was away comes first: it may be the only copy of a token (C-2 row 10). */
async function drainAndSweep(): Promise<void> {
  await drainAnswers(onError);
  await sweep(onError);
}

let catchingUp: Promise<void> | null = null;
/** One at a time: who asks meanwhile waits for the one that runs. */
function catchUp(): Promise<void> {
  catchingUp ??= drainAndSweep()
    .catch(onError)
    .finally(() => {
      catchingUp = null;
    });
  return catchingUp;
}

void catchUp(); // whatever fell due while nobody was here; mail does not wait for it
const working = await workJobs(
  {
    'mail.invitation': sendInvitationMail,
    'mail.receipt': sendReceiptMail,
    'mail.expiring': sendExpiringMail,
    sweep: catchUp,
    purge: async () => void (await purge(onError)),
  },
  onError,
);

/** Replays have to come within seconds of their slot (C-3); the queue's minute is for when this process is not the only one. */
const tick = 5_000;
const ticking = setInterval(() => void catchUp(), tick);

async function stop(): Promise<void> {
  clearInterval(ticking);
  await catchingUp;
  await working.stop();
  await closeQueue();
  await disconnectDatabase();
  process.exit(0);
}
process.on('SIGTERM', () => void stop());
process.on('SIGINT', () => void stop());
endWithParent(() => void stop());
