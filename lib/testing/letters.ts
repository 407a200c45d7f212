import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { useConfig } from '../config/index.ts';
import type { Jobs } from '../jobs/index.ts';
import { readMailbox, type StoredMail, sendInvitationMail, sendReminderMail } from '../mail/index.ts';
import type { World } from './world.ts';

export type Letters = {
  /** Does the mail jobs that were put since the last time, oldest first, as the worker would. */
  deliver(): Promise<void>;
  /** The mails to one address, oldest first. */
  to(email: string): StoredMail[];
  close(): void;
};

/** A mailbox of its own for a test file. */
export function letterbox({ admin, config }: World): Letters {
  const folder = mkdtempSync(path.join(tmpdir(), 'waxseal-letters-'));
  useConfig({ ...config, mail: { kind: 'mailbox', folder, from: 'Waxseal <test@example.test>' } });
  const done = new Set<string>();
  return {
    async deliver() {
      const { rows } = await admin.query<{ id: string; name: string; data: never }>(
        `SELECT id, name, data FROM pgboss.job WHERE name IN ('mail.invitation', 'mail.reminder') ORDER BY created_on, id`,
      );
      for (const { id, name, data } of rows) {
        if (done.has(id)) continue;
        done.add(id);
        if (name === 'mail.invitation') await sendInvitationMail(data as Jobs['mail.invitation']);
        else await sendReminderMail(data as Jobs['mail.reminder']);
      }
    },
    to: (email) => (readMailbox() ?? []).filter((mail) => mail.to === email).reverse(),
    close: () => rmSync(folder, { recursive: true }),
  };
}
