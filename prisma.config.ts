import { defineConfig } from 'prisma/config';

/** Only `prisma generate` runs through this; migrations are plain SQL, applied by lib/db/migrate.ts. */
export default defineConfig({ schema: 'prisma/schema.prisma' });
