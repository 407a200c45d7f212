import { config } from './config/index.ts';
import { connectDatabase, disconnectDatabase } from './db/index.ts';
import { closeQueue, workJobs } from './jobs/index.ts';
import { endWithParent } from './leash.ts';
import { log } from './log/index.ts';
import { sendExpiringMail, sendInvitationMail, sendReceiptMail } from './mail/index.ts';
import { sweep } from './sweep/index.ts';

/** The worker's entry: hands each feature's handlers to the queue and stops in good order. */
const onError = (error: unknown) => log().error({ err: error }, 'job failed');

connectDatabase(config().databaseUrl);
await sweep(onError); // whatever fell due while nobody was here
const working = await workJobs(
  {
    'mail.invitation': sendInvitationMail,
    'mail.receipt': sendReceiptMail,
    'mail.expiring': sendExpiringMail,
    sweep: async () => void (await sweep(onError)),
  },
  onError,
);

async function stop(): Promise<void> {
  await working.stop();
  await closeQueue();
  await disconnectDatabase();
  process.exit(0);
}
process.on('SIGTERM', () => void stop());
process.on('SIGINT', () => void stop());
endWithParent(() => void stop());
