export { connectDatabase, disconnectDatabase, pools } from './client.ts';
export { Prisma } from './generated/client.ts';
export { asDirectory, atTheEnd, inTenant, inTenantApart, onceCommitted, type Tx } from './tenant.ts';
