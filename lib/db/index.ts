export { connectDatabase, disconnectDatabase, pools } from './client.ts';
export { Prisma } from './generated/client.ts';
export { asDirectory, atTheEnd, inTenant, inTenantApart, type Tx } from './tenant.ts';
