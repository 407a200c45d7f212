import { anchorHeads, closeAnchor, refuseRestoredOnceThere } from './anchor/index.ts';
import { config } from './config/index.ts';
import { drainAnswers } from './custody/index.ts';
import { connectDatabase, disconnectDatabase } from './db/index.ts';
import { closeQueue, workJobs } from './jobs/index.ts';
import { StartError } from './kernel/errors.ts';
import { endWithParent } from './leash.ts';
import { log } from './log/index.ts';
import { sendExpiringMail, sendInvitationMail, sendReceiptMail, sendReminderMail } from './mail/index.ts';
import { callersOf, purge, sweep } from './sweep/index.ts';

/** The worker's entry: hands each feature's handlers to the queue and stops in good order. */
const onError = (error: unknown) => log().error({ err: error }, 'job failed');

connectDatabase(config().databaseUrl);
/** A database that lost what was done with it ends this process, and so the instance, before anything is done twice. */
function mustHold(error: unknown): void {
  if (!(error instanceof StartError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
/** A folder that cannot be written is reported, and tried again: it stops what leaves, not the house (D27). */
const writeHeads = () => anchorHeads().catch(mustHold).catch(onError);
await refuseRestoredOnceThere().catch(mustHold);
await writeHeads();
const callers = (['urgent', 'planned', 'endpoint', 'bulk'] as const).map((reach) => callersOf(reach, onError));
/** What waited on disk while the database was away comes first: it may be the only copy of a token (C-2 row 10). */
async function drainAndSweep(): Promise<void> {
  await drainAnswers(onError);
  await sweep(onError, 'inside');
  for (const each of callers) await each.look();
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
    'mail.reminder': sendReminderMail,
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
const anchoring = setInterval(() => void writeHeads(), 60_000);

/** Less than a supervisor waits. A renewal whose answer takes longer waits for its slots, as after any crash. */
const patience = 20_000;

async function stop(): Promise<void> {
  clearInterval(ticking);
  clearInterval(anchoring);
  await catchingUp;
  await Promise.race([
    Promise.all(callers.map((each) => each.stop())),
    new Promise((resolve) => setTimeout(resolve, patience)),
  ]);
  await working.stop();
  await closeQueue();
  await closeAnchor();
  await disconnectDatabase();
  process.exit(0);
}
process.on('SIGTERM', () => void stop());
process.on('SIGINT', () => void stop());
endWithParent(() => void stop());
